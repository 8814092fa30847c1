"""The public pages of an event: its page with the form, the ticket, and the calendar file."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from wabolt.accounts.queries import is_refused
from wabolt.accounts.services import Verdict, VisitorLimits, admit_visitor
from wabolt.lib import clock
from wabolt.lib.roles import at_least
from wabolt.lib.web import client_ip, for_crowds, public
from wabolt.optin import pictures
from wabolt.optin.events import queries, words
from wabolt.optin.events.calendar import MIME_TYPE, calendar_file
from wabolt.optin.events.forms import RegistrationForm
from wabolt.optin.framing import in_frame, stay_in_frame
from wabolt.optin.models import EntryPoint, Registration, ShopEvent
from wabolt.optin.pages import render_public, visitor_language
from wabolt.optin.public_forms import FormPage, answer_form
from wabolt.optin.public_views import gone, placement_of
from wabolt.optin.queries import first_message, point_by_slug, shown_point, waiting_entry
from wabolt.optin.rules.codes import is_code
from wabolt.optin.rules.events import Phase

GUESSES = VisitorLimits(per_address=30, per_network=100, per_object=1000)
"""Unknown tickets in ten minutes. A ticket has 6 random characters of 31."""
_PURPOSE = "ticket"


def show(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of an event: time, place and free seats, and the form while people can register."""
    event = ShopEvent.objects.select_related("workspace").get(point=point)
    event.point = point
    phase = event.phase(clock.now())
    render_page = partial(_render, request, event, "optin/public/event.html")
    if phase is not Phase.OPEN:
        return render_page({"closed": words.refused(event, phase).replace("*", "")}, 200)
    page = FormPage(
        form=partial(RegistrationForm, event=event),
        show=render_page,
        sent=lambda entry: redirect(_in_frame_too(request, point, "optin:ticket", str(entry.code))),
        closed=lambda: redirect(_in_frame_too(request, point, "optin:join")),
    )
    return answer_form(request, placement_of(request, point), page)


@for_crowds
@public("the guest who filled in the form or got the ticket; the code in the address cannot be guessed")
@require_safe
def ticket(request: HttpRequest, slug: str, ticket: str) -> HttpResponse:
    """The ticket of a guest; before their message arrived, the button that sends it. Nothing names the person."""
    if (refused := _refused(request, slug, ticket)) is not None:
        return refused
    registration = queries.by_ticket(slug, ticket)
    if registration is not None:
        with override(visitor_language(request, registration.event.point)):
            context = {
                "registration": registration,
                "may_check_in": _may_check_in(request, registration),
                **_status(registration),
            }
            return _render(request, registration.event, "optin/public/ticket.html", context)
    point = shown_point(slug)
    entry = waiting_entry(point, ticket) if point and point.kind == EntryPoint.Kind.EVENT else None
    if point is None or entry is None or entry.code is None:
        return unknown(request, point_by_slug(slug))
    event = ShopEvent.objects.select_related("workspace").get(point=point)
    event.point = point
    message = first_message(point, entry.code)
    with override(visitor_language(request, point)):
        context = {"message": message, "code": entry.code}
        return in_frame(request, point, lambda: _render(request, event, "optin/public/ticket.html", context))


@for_crowds
@public("a calendar program of the guest; the code in the address cannot be guessed")
@require_safe
def calendar(request: HttpRequest, slug: str, ticket: str) -> HttpResponse:
    """The calendar file of a ticket. After a cancellation it removes the event from the calendar."""
    if (refused := _refused(request, slug, ticket)) is not None:
        return refused
    registration = queries.by_ticket(slug, ticket)
    if registration is None:
        return unknown(request, point_by_slug(slug))
    is_on = registration.state == Registration.State.REGISTERED and not registration.event.cancelled_at
    address = words.ticket_url(registration)
    data = calendar_file(registration, method="PUBLISH" if is_on else "CANCEL", at=clock.now(), ticket_url=address)
    headers = {"Content-Disposition": 'attachment; filename="acara.ics"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=f"{MIME_TYPE}; charset=utf-8", headers=headers)


def _in_frame_too(request: HttpRequest, point: EntryPoint, name: str, *more: str) -> str:
    """The address of the next page, also for a form in a frame of another website."""
    return stay_in_frame(request, point, reverse(name, args=[point.slug, *more]))


def _refused(request: HttpRequest, slug: str, ticket: str) -> HttpResponse | None:
    """The response before a ticket is looked up: to a text that is no ticket, and to an address that has guessed too
    many tickets, because its next guess could be right. None: look it up."""
    point = point_by_slug(slug)
    if point is None or not is_code(ticket):
        return gone(request)
    if not is_refused(point.workspace, purpose=_PURPOSE, ip=client_ip(request), limits=GUESSES):
        return None
    response = gone(request)
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    return response


def _may_check_in(request: HttpRequest, registration: Registration) -> bool:
    """Whether a helper at the door opened the ticket, for example with the camera of the phone."""
    membership = getattr(request, "membership", None)
    if membership is None or membership.workspace_id != registration.workspace_id:
        return False
    return at_least(membership.role, "agent") and registration.state == Registration.State.REGISTERED


def _status(registration: Registration) -> dict[str, object]:
    """The state of a ticket as a sentence, and its QR code while it opens the door."""
    event, state = registration.event, Registration.State
    if event.cancelled_at:
        return {"status": _("This event is cancelled."), "tone": "danger"}
    if registration.checked_in_at:
        return {"status": _("You are in. Enjoy!"), "tone": "success"}
    if registration.state == state.REGISTERED:
        qr = pictures.qr_svg(queries.ticket_url(registration))
        return {"status": _("You have a seat."), "tone": "success", "qr": qr}
    if registration.state == state.OFFERED:
        return {"status": _("A seat is free for you. Answer our message on WhatsApp."), "tone": "warning"}
    if registration.state == state.WAITING:
        return {"status": _("You are on the waiting list. We write as soon as a seat is free."), "tone": "info"}
    return {"status": _("This registration is cancelled."), "tone": "neutral"}


def _render(
    request: HttpRequest, event: ShopEvent, template: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    counts = queries.counts(event)
    about = {
        "event": event,
        "when": words.when_words(event),
        "counts": counts,
        "is_full": counts.free == 0 or counts.waiting > 0,
    }
    return render_public(request, event.point, template, {**about, **context}, status)


def unknown(request: HttpRequest, point: EntryPoint | None) -> HttpResponse:
    """The page of an unknown address. Many unknown tickets from one address are refused."""
    response = gone(request)
    if point is not None:
        verdict = admit_visitor(
            workspace=point.workspace, purpose=_PURPOSE, subject=point.pk, ip=client_ip(request), limits=GUESSES
        )
        if verdict is not Verdict.ADMITTED:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    return response
