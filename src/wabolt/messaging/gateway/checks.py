"""Number checks: before the first message to a contact who never had one, WhatsApp is asked whether the number exists.

Messages to numbers that do not exist are a sign of spam and get a linked number banned. The answer is stored with the
number (`contacts.Identity.on_whatsapp`). A message whose number has to be checked waits in its lane with the reason
`number_check`. It becomes due again by itself, even if the check is lost.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from wabolt.channels.models import Channel
from wabolt.channels.registry import Capabilities, Provider
from wabolt.contacts.queries import ADDRESS_SQL, address_kinds
from wabolt.contacts.services import note_on_whatsapp
from wabolt.lib import clock
from wabolt.messaging.gateway.sql import execute, numbers
from wabolt.messaging.outbox.services.notify import wake_lane

AT_ONCE = 50
"""Maximum of numbers in one check, and of messages that wait for a check."""
KEPT = timedelta(days=30)
"""Validity of an answer."""
SILENCE_KEPT = timedelta(days=1)
"""After a check without an answer the message is sent unchecked, and the number is not checked again for this time."""
WAIT = timedelta(minutes=1)
"""A message that waits for a check becomes due again after this time, in case the check was lost."""
PAUSE = timedelta(seconds=1)
"""A lane in which too many messages wait for checks is polled again after this time."""

# A contact with a known LID is on WhatsApp, so no check is needed.
_CHECK_STATES = f"""
    SELECT m.id, CASE WHEN address.on_whatsapp IS FALSE AND address.checked_at > %(kept)s THEN 'absent' ELSE 'ask' END
      FROM messaging_message m
      JOIN contacts_contact c ON c.id = m.contact_id AND c.last_inbound_at IS NULL
      JOIN LATERAL ({ADDRESS_SQL}) address ON address.kind = 'phone'
     WHERE m.id = ANY(%(ids)s::bigint[])
       AND NOT coalesce(address.checked_at > CASE WHEN address.on_whatsapp IS NULL THEN %(lately)s ELSE %(kept)s END
                        AND address.on_whatsapp IS NOT FALSE, false)
       AND NOT EXISTS (SELECT FROM contacts_identity l WHERE l.contact_id = c.id AND l.kind = 'lid')
       AND NOT EXISTS (SELECT FROM messaging_message p WHERE p.contact_id = c.id AND p.state IN ('delivered', 'read'))
"""
_WAITING = (
    "m.channel_id = %(channel)s AND m.state = 'queued' AND m.not_before IS NOT NULL AND m.reason = 'number_check'"
)
_FULL = f"SELECT count(*) FROM (SELECT FROM messaging_message m WHERE {_WAITING} LIMIT {AT_ONCE}) w"
_PUT_OFF = """
    UPDATE messaging_message SET not_before = %(until)s, reason = 'number_check'
     WHERE id = ANY(%(ids)s::bigint[]) AND state = 'queued'
"""
_ASKED = f"""
    SELECT m.id, address.value FROM messaging_message m
      JOIN contacts_contact c ON c.id = m.contact_id
      JOIN LATERAL ({ADDRESS_SQL}) address ON address.kind = 'phone'
     WHERE {_WAITING} ORDER BY m.id LIMIT {AT_ONCE}
"""
_RELEASE = f"""
    UPDATE messaging_message m SET not_before = %(now)s, reason = '' WHERE m.id = ANY(%(ids)s::bigint[]) AND {_WAITING}
"""


def check_states(channel_id: int, capabilities: Capabilities, rows: Sequence[Any], now: datetime) -> dict[int, str]:
    """{message id: state} for those of `rows` that cannot be sent yet: "absent" (the number is not on WhatsApp), "ask"
    (to be checked) or "full" (to be checked when there is room for another check). Empty if the provider checks no
    numbers."""
    if capabilities.check_every is None or not rows:
        return {}
    params: dict[str, Any] = {"ids": numbers(row.id for row in rows), "kept": now - KEPT, "lately": now - SILENCE_KEPT}
    params["kinds"] = address_kinds(capabilities.identity_kinds)
    found = dict(execute(_CHECK_STATES, params).fetchall())
    if "ask" in found.values():
        [(waiting,)] = execute(_FULL, {"channel": channel_id}).fetchall()
        for message_id, state in found.items():
            if state == "ask":
                waiting += 1
                found[message_id] = "full" if waiting > AT_ONCE else "ask"
    return found


def put_off(message_ids: Sequence[int], now: datetime) -> None:
    """Makes these messages wait for a check, in the caller's transaction."""
    if message_ids:
        execute(_PUT_OFF, {"ids": numbers(message_ids), "until": now + WAIT})


def ask_waiting(channel: Channel, provider: Provider) -> int:
    """Checks the numbers of waiting messages, stores the answers and makes the messages due; returns how many numbers
    were checked. Checks nothing while the channel is not connected."""
    if provider.capabilities.check_every is None:
        return 0
    if not Channel.objects.filter(pk=channel.pk, state=Channel.State.CONNECTED).exists():
        return 0
    kinds = address_kinds(provider.capabilities.identity_kinds)
    due = execute(_ASKED, {"channel": channel.pk, "kinds": kinds}).fetchall()
    if not due:
        return 0
    phones = list(dict.fromkeys(phone for _, phone in due))
    try:
        answers = provider.check_numbers(phones)
    except OSError:
        answers = {}
    with transaction.atomic():
        note_on_whatsapp(workspace=channel.workspace, answers={phone: answers.get(phone) for phone in phones})
        # The messages get a due time in the past; the claim moves them to the ready ones.
        ids = numbers(message_id for message_id, _ in due)
        execute(_RELEASE, {"ids": ids, "channel": channel.pk, "now": clock.now()})
        wake_lane(channel.pk)
    return len(phones)
