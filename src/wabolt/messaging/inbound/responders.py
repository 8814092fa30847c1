"""Runs the chain of responders, and handles start words."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from django.db import transaction

from wabolt.consent.queries import consent_of
from wabolt.consent.services import ConsentStatement, clear_doubts, grant
from wabolt.lib.text import storable
from wabolt.messaging.inbound.faults import is_transient
from wabolt.messaging.inbound.opt_outs import confirm
from wabolt.messaging.registry import Arrival, Responder, dialogs_of, responders
from wabolt.messaging.store.models import Message

log = logging.getLogger(__name__)


def respond(arrivals: Sequence[Arrival]) -> dict[int, Responder]:
    """Asks the responders in order about arrivals of one channel and of different contacts. Returns the responder that
    took each message, by the message's id; a message that none took is not in it.

    One savepoint holds the whole chain. Only if a responder raises, the chain is asked again with a savepoint for each
    responder.
    """
    if not arrivals:
        return {}
    dialogs = dialogs_of(arrivals)
    arrivals = [replace(arrival, dialog=dialogs.get(arrival.contact.pk)) for arrival in arrivals]
    try:
        with transaction.atomic():
            return _ask_all(lambda responder, rest: responder.respond(rest), arrivals)
    except Exception as error:
        if is_transient(error):
            raise
    return _ask_all(_ask, arrivals)


def _ask_all(
    ask: Callable[[Responder, Sequence[Arrival]], Collection[int]], arrivals: Sequence[Arrival]
) -> dict[int, Responder]:
    taken: dict[int, Responder] = {}
    for responder in responders():
        rest = [arrival for arrival in arrivals if arrival.message.pk not in taken]
        if rest:
            taken |= dict.fromkeys(ask(responder, rest), responder)
    return taken


def _ask(responder: Responder, arrivals: Sequence[Arrival]) -> set[int]:
    """Asks one responder in a savepoint. If it raises, it is asked about each half.

    An arrival for which it raises alone is not taken: the error is logged and noted with the message.
    """
    try:
        with transaction.atomic():
            return set(responder.respond(arrivals))
    except Exception as error:
        if is_transient(error):
            raise
        if len(arrivals) == 1:
            message = arrivals[0].message
            log.exception("message %s: the responder %s failed", message.pk, responder.name)
            detail = storable(f"responder {responder.name}: {error!r}")[:300]
            Message.objects.filter(pk=message.pk).update(detail=detail)
            return set()
    middle = len(arrivals) // 2
    return _ask(responder, arrivals[:middle]) | _ask(responder, arrivals[middle:])


def start_word(arrival: Arrival) -> bool:
    """Grants the marketing consent of a contact who wrote a start word, and welcomes them once.

    The message is the evidence. A start word that is older than the last stop changes nothing and is left to a member.
    """
    if arrival.keyword != "start":
        return False
    status = consent_of(arrival.channel.workspace, arrival.contact.pk)
    if status.stopped_since(arrival.message.created_at):
        return False
    outcome = grant(
        workspace=arrival.channel.workspace,
        contact_ids=[arrival.contact.pk],
        statement=ConsentStatement(
            Message.Purpose.MARKETING, "start_word", evidence=arrival.evidence, at=arrival.message.created_at
        ),
        renew=False,
    )
    clear_doubts(workspace=arrival.channel.workspace, contact_ids=[arrival.contact.pk])
    if outcome.recorded:
        confirm(arrival, "start_word")
    return True
