"""Whether a number is on WhatsApp, asked before a first message to somebody nobody has talked to.

Writing to numbers that do not exist is what spammers do, and gets a linked number banned. What WhatsApp answers is kept
with the number (`contacts.Identity.on_whatsapp`). A message whose number has to be asked about first waits in its lane
with the reason `number_check`; whatever becomes of the asking, it comes up again by itself.
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

REASON = "number_check"
AT_ONCE = 50
"""Numbers in one question, and messages that wait for an answer at most."""
KEPT = timedelta(days=30)
"""How long an answer holds."""
SILENCE_KEPT = timedelta(days=1)
"""How long nothing is asked again after no answer came: the message goes then, as it would without the question."""
WAIT = timedelta(minutes=1)
"""When a message that waits for an answer comes up again, had the question been lost."""
PAUSE = timedelta(seconds=1)
"""When a lane looks again in which too many messages wait for an answer."""

# A contact whose hidden number is known is on WhatsApp: nobody has to ask.
_STANDINGS = f"""
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


def standings(channel_id: int, capabilities: Capabilities, rows: Sequence[Any], now: datetime) -> dict[int, str]:
    """By message id, for those among `rows` that cannot simply go: "absent" (the number is not on WhatsApp), "ask", or
    "full" (to be asked about, when there is room for another question). Nothing where the number asks nobody."""
    if capabilities.check_every is None or not rows:
        return {}
    params: dict[str, Any] = {"ids": numbers(row.id for row in rows), "kept": now - KEPT, "lately": now - SILENCE_KEPT}
    params["kinds"] = address_kinds(capabilities.identity_kinds)
    found = dict(execute(_STANDINGS, params).fetchall())
    if "ask" in found.values():
        [(waiting,)] = execute(_FULL, {"channel": channel_id}).fetchall()
        for message_id, standing in found.items():
            if standing == "ask":
                waiting += 1
                found[message_id] = "full" if waiting > AT_ONCE else "ask"
    return found


def put_off(message_ids: Sequence[int], now: datetime) -> None:
    """Lets these messages wait for an answer, in the caller's transaction."""
    if message_ids:
        execute(_PUT_OFF, {"ids": numbers(message_ids), "until": now + WAIT})


def ask_waiting(channel: Channel, provider: Provider) -> int:
    """Asks about the numbers of messages that wait for it, keeps what was said, and lets the messages go on; how many
    numbers that were. While the number itself is not connected nobody is asked."""
    if provider.capabilities.check_every is None:
        return 0
    if not Channel.objects.filter(pk=channel.pk, state=Channel.State.CONNECTED).exists():
        return 0
    kinds = address_kinds(provider.capabilities.identity_kinds)
    asked = execute(_ASKED, {"channel": channel.pk, "kinds": kinds}).fetchall()
    if not asked:
        return 0
    phones = list(dict.fromkeys(phone for _, phone in asked))
    try:
        answers = provider.check_numbers(phones)
    except OSError:
        answers = {}
    with transaction.atomic():
        note_on_whatsapp(workspace=channel.workspace, answers={phone: answers.get(phone) for phone in phones})
        # Not ready, but due: only the lane itself puts messages among the ready ones.
        ids = numbers(message_id for message_id, _ in asked)
        execute(_RELEASE, {"ids": ids, "channel": channel.pk, "now": clock.now()})
        wake_lane(channel.pk)
    return len(phones)
