"""The door of an event: helpers look guests up, or scan their tickets, and note who came.

Members open it from the page of the event. A helper without an account opens it by a link (`queries.door_path`), which
allows nothing else and ends a day after the event.
"""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST, require_safe

from wabolt.accounts.models import User
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.lib.text import clean
from wabolt.lib.web import answer_poll, for_crowds, public, render_page, requires, words_of
from wabolt.optin.events import queries, services, words
from wabolt.optin.events.public_views import unknown
from wabolt.optin.events.scanning import scanned_ticket
from wabolt.optin.events.services import CheckIn
from wabolt.optin.models import Registration, ShopEvent
from wabolt.optin.queries import shown_point

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@requires("agent")
@require_GET
def door(request: HttpRequest, event_point_id: int) -> HttpResponse:
    """The list of guests for the door, with a search. Without a search it shows who came last."""
    here = reverse("optin:door", args=[event_point_id])
    return _show(request, _event(request, event_point_id), here, is_member=True)


@requires("agent")
@require_POST
def check_in(request: HttpRequest, event_point_id: int, registration_id: int) -> HttpResponse:
    """Notes that a guest came."""
    here = reverse("optin:door", args=[event_point_id])
    return _check_in(request, _event(request, event_point_id), registration_id, here, by=user_of(request))


@requires("agent")
@require_POST
def undo(request: HttpRequest, event_point_id: int, registration_id: int) -> HttpResponse:
    """Takes a check-in back, unless another helper has changed it since."""
    here = reverse("optin:door", args=[event_point_id])
    return _undo(request, _event(request, event_point_id), registration_id, here, by=user_of(request))


@requires("agent")
@require_POST
def scan(request: HttpRequest, event_point_id: int) -> HttpResponse:
    """Notes that the guest with the scanned ticket came. `text`: what the QR code holds."""
    here = reverse("optin:door", args=[event_point_id])
    return _scan(request, _event(request, event_point_id), here, by=user_of(request))


@for_crowds
@public("a helper at the door with the link of the event; its key cannot be guessed")
@require_safe
def helper_door(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """`door` for a helper without an account."""
    event = queries.door_of(slug, key)
    if event is None:
        return unknown(request, shown_point(slug))
    with override(event.workspace.language):
        response = _show(request, event, request.path, is_member=False)
    response["Referrer-Policy"] = "same-origin"  # the address holds the key
    return response


@for_crowds
@public("a helper at the door with the link of the event; its key cannot be guessed")
@require_POST
def helper_check_in(request: HttpRequest, slug: str, key: str, registration_id: int) -> HttpResponse:
    """`check_in` for a helper without an account."""
    event = queries.door_of(slug, key)
    if event is None:
        return unknown(request, shown_point(slug))
    with override(event.workspace.language):
        return _check_in(request, event, registration_id, queries.door_path(event), by=None)


@for_crowds
@public("a helper at the door with the link of the event; its key cannot be guessed")
@require_POST
def helper_undo(request: HttpRequest, slug: str, key: str, registration_id: int) -> HttpResponse:
    """`undo` for a helper without an account."""
    event = queries.door_of(slug, key)
    if event is None:
        return unknown(request, shown_point(slug))
    with override(event.workspace.language):
        return _undo(request, event, registration_id, queries.door_path(event), by=None)


@for_crowds
@public("a helper at the door with the link of the event; its key cannot be guessed")
@require_POST
def helper_scan(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """`scan` for a helper without an account."""
    event = queries.door_of(slug, key)
    if event is None:
        return unknown(request, shown_point(slug))
    with override(event.workspace.language):
        return _scan(request, event, queries.door_path(event), by=None)


def _show(request: HttpRequest, event: ShopEvent, here: str, *, is_member: bool) -> HttpResponse:
    text = clean(words_of(request))
    counts = queries.counts(event)

    def draw() -> HttpResponse:
        context = {
            "event": event,
            "when": words.when_words(event),
            "counts": counts,
            "q": text,
            "found": queries.at_door(event, text, is_member=is_member),
            "here": here,
            "frame": "ui/base.html" if is_member else "ui/bare.html",
        }
        return render_page(request, "optin/events/door.html", context, fragments=["door-list", "door-counts"])

    return answer_poll(request, (queries.version_of_door(event), text, counts), draw)


def _check_in(
    request: HttpRequest, event: ShopEvent, registration_id: int, here: str, *, by: User | None
) -> HttpResponse:
    _guest(event, registration_id)
    done = services.check_in(workspace=event.workspace, registration_id=registration_id, by=by)
    _say(request, done, _("%(name)s is in."))
    return _back(request, here)


def _scan(request: HttpRequest, event: ShopEvent, here: str, *, by: User | None) -> HttpResponse:
    """A fragment with the guest and the result, or with the reason why the code opens no door."""
    scanned = scanned_ticket(request.POST.get("text", "")[:500])
    guest = queries.guest_of_ticket(event, scanned)
    done = services.check_in(workspace=event.workspace, registration_id=guest.pk, by=by) if guest else None
    problem = ""
    if scanned is None:
        problem = _("This is not a ticket.")
    elif done is None:
        problem = _("This ticket is not of this event.")
    elif done.registration.state != Registration.State.REGISTERED:
        problem = _("%(name)s has no seat.") % {"name": done.registration.name or f"#{done.registration.ticket}"}
    context = {"done": done, "guest": done.registration if done else None, "problem": problem}
    response = render(request, "optin/events/parts/scanned.html", {**context, "event": event, "here": here})
    response["HX-Trigger"] = "wb-door"
    return response


def _undo(request: HttpRequest, event: ShopEvent, registration_id: int, here: str, *, by: User | None) -> HttpResponse:
    _guest(event, registration_id)
    seen = _moment(request.POST.get("seen", ""))
    done = services.undo_check_in(workspace=event.workspace, registration_id=registration_id, seen=seen, by=by)
    _say(request, done, _("Taken back: %(name)s is not in."))
    return _back(request, here)


def _moment(text: str) -> datetime:
    """The time of a check-in as the page showed it; `_NEVER` for any other text."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _NEVER
    return found if found.tzinfo else _NEVER


def _say(request: HttpRequest, done: CheckIn, success: str) -> None:
    registration = done.registration
    name = registration.name or f"#{registration.ticket}"
    if done.changed:
        messages.success(request, success % {"name": name})
    elif registration.state != Registration.State.REGISTERED:
        messages.error(request, _("%(name)s has no seat.") % {"name": name})
    elif registration.checked_in_at:
        helper = registration.checked_in_by or _("another helper")
        messages.warning(
            request, _("%(name)s was checked in already, by %(helper)s.") % {"name": name, "helper": helper}
        )
    else:
        messages.warning(request, _("%(name)s is not in. Somebody took it back.") % {"name": name})


def _back(request: HttpRequest, here: str) -> HttpResponse:
    text = clean(request.POST.get("q", ""))[:100]
    return redirect(f"{here}?{urlencode({'q': text})}" if text else here)


def _guest(event: ShopEvent, registration_id: int) -> None:
    if not Registration.objects.filter(event=event, pk=registration_id).exists():
        raise Http404


def _event(request: HttpRequest, event_point_id: int) -> ShopEvent:
    event = queries.event_of_point(workspace_of(request), event_point_id)
    if event is None or event.cancelled_at:
        raise Http404
    return event
