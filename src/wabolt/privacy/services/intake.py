"""Requests that arrive by WhatsApp: a word in the chat, or the code of a filled-in form."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.consent.queries import match_keyword
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.messaging.models import Message
from wabolt.messaging.registry import Arrival
from wabolt.optin.queries import codes_in, nearby_codes_in, new_form_code
from wabolt.privacy.models import DataRequest, PrivacySettings, RequestTicket
from wabolt.privacy.rules import kind_of_text
from wabolt.privacy.services.requests import Asked, open_request

TICKET_FOR = timedelta(days=30)
"""Time in which the message with the code has to arrive. Afterwards the form is deleted."""


def take_request(arrival: Arrival) -> bool:
    """Responder: opens a request for a message that is a word of a request, or has the code of a form.

    The number that wrote the message is the identity of the person. Returns whether the message was such a request.
    """
    return _take(arrival.channel.workspace, arrival.message, arrival.channel, arrival.evidence)


def take_stopped(message: Message) -> bool:
    """The same for a stored message that stopped promotions, such as HAPUS DATA: no responder is asked about it."""
    if message.direction != Message.Direction.INBOUND or match_keyword(message.workspace, message.text) != "stop":
        return False
    evidence = {"message": message.pk, "channel": message.channel_id, "text": message.text[:100]}
    return _take(message.workspace, message, message.channel, evidence)


def _take(workspace: Workspace, message: Message, channel: Channel, evidence: Mapping[str, Any]) -> bool:
    ticket = _ticket(workspace, codes_in(message.text))
    kind = ticket.kind if ticket else kind_of_text(message.text, _own_words(workspace))
    if kind is None:
        return False
    if ticket is None:  # a code with a typing error still finds what the form said
        ticket = _ticket(workspace, nearby_codes_in(message.text), kind)
    asked = Asked(
        source=DataRequest.Source.FORM if ticket else DataRequest.Source.CHAT,
        message=message,
        channel=channel,
        details=ticket.details if ticket else "",
        evidence=evidence,
    )
    open_request(workspace=workspace, contact_id=message.contact_id, kind=kind, asked=asked)
    if ticket:
        ticket.delete()
    return True


def submit_form(*, workspace: Workspace, kind: str, details: str, form_key: UUID) -> RequestTicket:
    """Stores a filled-in form with a code of its own; nothing is sent. A second submission returns the first ticket.

    Raises DomainError "bad_kind".
    """
    if kind not in DataRequest.Kind.values:
        raise DomainError(_("Choose what you ask for."), code="bad_kind", field="kind")
    while True:
        known = RequestTicket.objects.filter(workspace=workspace, form_key=form_key).first()
        if known:
            return known
        try:
            with transaction.atomic():
                return RequestTicket.objects.create(
                    workspace=workspace,
                    code=new_form_code(),
                    kind=kind,
                    details=storable(details).strip()[:1000],
                    form_key=form_key,
                )
        except IntegrityError:  # the same form at the same time, or a code that exists already
            continue


def delete_old_tickets() -> int:
    """Deletes forms whose message never came. Returns their number."""
    return RequestTicket.objects.filter(created_at__lt=clock.now() - TICKET_FOR).delete()[0]


def _ticket(workspace: Workspace, codes: list[str], kind: str = "") -> RequestTicket | None:
    found = RequestTicket.objects.filter(workspace=workspace, code__in=codes) if codes else RequestTicket.objects.none()
    return (found.filter(kind=kind) if kind else found).order_by("pk").first()


def _own_words(workspace: Workspace) -> dict[str, list[str]]:
    found = PrivacySettings.objects.filter(workspace=workspace).values_list("words", flat=True).first()
    return found or {}
