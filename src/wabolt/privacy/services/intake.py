"""Requests that arrive by WhatsApp: a word in the chat, or the code of a filled-in form."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.messaging.registry import Arrival
from wabolt.optin.queries import codes_in, nearby_codes_in
from wabolt.optin.services import new_form_code
from wabolt.privacy.models import DataRequest, RequestTicket
from wabolt.privacy.queries.desk import own_words
from wabolt.privacy.rules import kind_of_text
from wabolt.privacy.services.requests import Asked, open_request

TICKET_FOR = timedelta(days=30)
"""Time in which the message with the code has to arrive. Afterwards the form is deleted."""


def take_requests(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: opens a request for each message that is a word of a request, or has the code of a form.

    The number that wrote the message is the identity of the person. Returns the ids of these messages. Responders
    get no messages that stop promotions, such as HAPUS DATA; `receivers.take_words_that_also_stop` passes those to this
    function.
    """
    if not arrivals:
        return set()
    workspace = arrivals[0].channel.workspace
    codes = {arrival.message.pk: codes_in(arrival.message.text) for arrival in arrivals}
    tickets = _tickets(workspace, {code for found in codes.values() for code in found})
    words = own_words(workspace)
    taken = set()
    for arrival in arrivals:
        ticket = next((tickets.pop(code) for code in codes[arrival.message.pk] if code in tickets), None)
        kind = ticket.kind if ticket else kind_of_text(arrival.message.text, words)
        if kind is not None:
            _take(arrival, kind, ticket)
            taken.add(arrival.message.pk)
    return taken


def _take(arrival: Arrival, kind: str, ticket: RequestTicket | None) -> None:
    workspace = arrival.channel.workspace
    if ticket is None:  # a code with a typing error still finds what the form said
        nearby = _tickets(workspace, set(nearby_codes_in(arrival.message.text)))
        ticket = next((one for _code, one in sorted(nearby.items()) if one.kind == kind), None)
    asked = Asked(
        source=DataRequest.Source.FORM if ticket else DataRequest.Source.CHAT,
        message=arrival.message,
        channel=arrival.channel,
        details=ticket.details if ticket else "",
        evidence=arrival.evidence,
        phone=arrival.phone or "",
    )
    open_request(workspace=workspace, contact_id=arrival.contact.pk, kind=kind, asked=asked)
    if ticket:
        ticket.delete()


def submit_form(*, workspace: Workspace, kind: str, details: str, form_key: UUID) -> RequestTicket:
    """Stores a filled-in form with a code of its own; nothing is sent. A second submission, for example after the back
    button, replaces what the first one said.

    Raises DomainError "bad_kind".
    """
    if kind not in DataRequest.Kind.values:
        raise DomainError(_("Choose what you ask for."), code="bad_kind", field="kind")
    while True:
        known = RequestTicket.objects.filter(workspace=workspace, form_key=form_key).first()
        if known:
            known.kind, known.details = kind, storable(details).strip()[:1000]
            known.save(update_fields=["kind", "details"])
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


def _tickets(workspace: Workspace, codes: set[str]) -> dict[str, RequestTicket]:
    """The filled-in forms with these codes, by code."""
    if not codes:
        return {}
    return {ticket.code: ticket for ticket in RequestTicket.objects.filter(workspace=workspace, code__in=codes)}
