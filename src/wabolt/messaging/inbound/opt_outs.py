"""Opt-outs: applied before anything else that an inbound message may lead to."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.consent.queries import keywords
from wabolt.consent.services import ConsentStatement, clear_doubts, hold_for_doubt, withdraw
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.registry import Arrival
from wabolt.messaging.store.drafts import Draft
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.services import close_dialog


def opt_out(arrival: Arrival) -> bool:
    """Withdraws the marketing consent of a contact who wrote a stop word; returns whether it was a new stop.

    Messages that are queued for the contact are cancelled in the same transaction (`consent.signals`). A message that
    may be meant as a stop holds promotions for the contact until a member has looked at it. A stop ends an open dialog.
    """
    if arrival.keyword == "doubt":
        hold_for_doubt(
            workspace=arrival.channel.workspace,
            contact_id=arrival.contact.pk,
            evidence=arrival.evidence,
            at=arrival.message.created_at,
        )
    if arrival.keyword != "stop":
        return False
    close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
    outcome = withdraw(
        workspace=arrival.channel.workspace,
        contact_ids=[arrival.contact.pk],
        statement=ConsentStatement(
            Message.Purpose.MARKETING, "stop_word", evidence=arrival.evidence, at=arrival.message.created_at
        ),
        renew=False,
    )
    clear_doubts(workspace=arrival.channel.workspace, contact_ids=[arrival.contact.pk])
    return bool(outcome.recorded)


def confirm(arrival: Arrival, kind: str) -> None:
    """Queues the confirmation of a stop or start word in the shop's language.

    The channel's option `answers` may hold a text of the shop's own.
    """
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
    """The start word that the confirmation of a stop names: JOIN unless the shop removed it."""
    words = list(keywords(workspace, "start").values_list("word", flat=True))
    return "JOIN" if "JOIN" in words or not words else words[0]


def default_answer(kind: str, shop: str, join: str) -> str:
    """The answer to a stop or start word of a shop without a text of its own, in the active language."""
    if kind == "stop_word":
        return _(
            "Done, you will get no more promotions from %(shop)s. "
            "Changed your mind? Just reply %(join)s. Questions are always welcome here."
        ) % {"shop": shop, "join": join}
    return _("Welcome! You will now get news and offers from %(shop)s. Reply STOP whenever you want to stop.") % {
        "shop": shop
    }
