"""Who looks at a message first. The order stands in `settings.RESPONDERS`; higher rooms add theirs there.

A responder gets an `intake.Arrival` and says whether it took the message.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.consent.queries import consent_of, keywords
from wabolt.consent.services import grant, withdraw
from wabolt.messaging.inbound.parsing import Arrival
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.store.drafts import Draft
from wabolt.messaging.store.models import Message


def stop_word(arrival: Arrival) -> bool:
    """A stop word withdraws the permission for promotions at once, cancels what is queued (messaging hears consent's
    signal) and is confirmed once: who writes STOP five times has stopped once."""
    if arrival.keyword != "stop":
        return False
    outcome = withdraw(
        workspace=arrival.channel.workspace,
        contact_ids=[arrival.contact.pk],
        purpose=Message.Purpose.MARKETING,
        source="stop_word",
        evidence=_evidence(arrival),
        at=arrival.message.created_at,
        renew=False,
    )
    if outcome.recorded:
        _confirm(arrival, "stop_word")
    return True


def start_word(arrival: Arrival) -> bool:
    """A start word is a person's own yes: it is recorded with the message as evidence, and welcomed once, with the
    way to stop. One that was said before a stop and is heard after it brings nobody back: a person looks at it."""
    if arrival.keyword != "start":
        return False
    standing = consent_of(arrival.channel.workspace, arrival.contact.pk)
    if standing.state == "withdrawn" and standing.since and standing.since > arrival.message.created_at:
        return False
    outcome = grant(
        workspace=arrival.channel.workspace,
        contact_ids=[arrival.contact.pk],
        purpose=Message.Purpose.MARKETING,
        source="start_word",
        evidence=_evidence(arrival),
        at=arrival.message.created_at,
        renew=False,
    )
    if outcome.recorded:
        _confirm(arrival, "start_word")
    return True


def _evidence(arrival: Arrival) -> dict[str, Any]:
    """The message as proof: the ledger holds its id and its words, which are one of the shop's own keywords."""
    return {"message": arrival.message.pk, "channel": arrival.channel.pk, "text": arrival.message.text[:100]}


def _confirm(arrival: Arrival, kind: str) -> None:
    """Queues the one answer, in the shop's language; the channel's option `answers` may hold words of its own."""
    workspace = arrival.channel.workspace
    own = arrival.channel.options.get("answers")
    text = str(own.get(kind, "")).strip() if isinstance(own, dict) else ""
    if not text:
        with override(workspace.language):
            text = default_answer(kind, workspace.name, _way_back(workspace))
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=kind,
        origin_id=arrival.message.pk,
        text=text,
        priority=Message.Priority.REPLY,
        quoted=arrival.message,
    )
    queue_messages(workspace=workspace, channel=arrival.channel, contact_ids=[arrival.contact.pk], draft=draft)


def _way_back(workspace: Workspace) -> str:
    """The start word that is named to somebody who leaves: JOIN unless the shop took it away."""
    words = list(keywords(workspace, "start").values_list("word", flat=True))
    return "JOIN" if "JOIN" in words or not words else words[0]


def default_answer(kind: str, shop: str, join: str) -> str:
    """What is answered to a stop or start word when the shop has no words of its own, in the active language."""
    if kind == "stop_word":
        return _(
            "Done, you will get no more promotions from %(shop)s. "
            "Changed your mind? Just reply %(join)s. Questions are always welcome here."
        ) % {"shop": shop, "join": join}
    return _("Welcome! You will now get news and offers from %(shop)s. Reply STOP whenever you want to stop.") % {
        "shop": shop
    }
