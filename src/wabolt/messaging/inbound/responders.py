"""Runs the chain of responders, and handles start words."""

import logging

from django.db import transaction

from wabolt.consent.queries import consent_of
from wabolt.consent.services import ConsentStatement, clear_doubts, grant
from wabolt.lib.text import storable
from wabolt.messaging.inbound.faults import is_transient
from wabolt.messaging.inbound.opt_outs import confirm
from wabolt.messaging.registry import Arrival, responders
from wabolt.messaging.store.models import Message

log = logging.getLogger(__name__)


def respond(arrival: Arrival) -> bool:
    """Asks the responders in order, each in a savepoint; returns whether one took the message.

    If a responder raises, the error is logged and noted with the message, the message stays stored, and the next
    responder is asked.
    """
    for responder in responders():
        try:
            with transaction.atomic():
                if responder.respond(arrival):
                    return True
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("message %s: the responder %s failed", arrival.message.pk, responder.name)
            detail = storable(f"responder {responder.name}: {error!r}")[:300]
            Message.objects.filter(pk=arrival.message.pk).update(detail=detail)
    return False


def start_word(arrival: Arrival) -> bool:
    """Grants the marketing consent of a contact who wrote a start word, and welcomes them once.

    The message is the evidence. A start word that is older than the last stop changes nothing and is left to a member.
    """
    if arrival.keyword != "start":
        return False
    status = consent_of(arrival.channel.workspace, arrival.contact.pk)
    if status.state == "withdrawn" and status.since and status.since > arrival.message.created_at:
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
