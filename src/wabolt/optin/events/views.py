"""Pages of events, for members: settings, the event with its guests, and its cancellation."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels.queries import channels
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import absolute_url
from wabolt.lib.roles import at_least
from wabolt.lib.web import edits, render_page, requires
from wabolt.optin import pictures, reports
from wabolt.optin.events import queries, services, words
from wabolt.optin.events.forms import CancelForm, EventForm
from wabolt.optin.gifts import several_gifts
from wabolt.optin.models import EntryPoint, Registration, ShopEvent
from wabolt.optin.queries import figures, is_simulated, page_url, placements_of, scan_url
from wabolt.optin.rules.events import Phase
from wabolt.optin.services import action_sentences

PER_PAGE = 50


@requires("manager")
@require_http_methods(["GET", "POST"])
def new_event(request: HttpRequest) -> HttpResponse:
    """The form for a new event."""
    if not channels(workspace_of(request)).exists():
        return redirect("optin:choose")
    return _edit(request, None)


@requires("manager")
@edits(EntryPoint, "event_point_id")
@require_http_methods(["GET", "POST"])
def edit_event(request: HttpRequest, event_point_id: int) -> HttpResponse:
    """The form for the settings of an event."""
    return _edit(request, _event(request, event_point_id))


def _edit(request: HttpRequest, event: ShopEvent | None) -> HttpResponse:
    workspace = workspace_of(request)
    form = EventForm(request.POST if request.method == "POST" else None, workspace=workspace, event=event)
    if request.method == "POST" and form.is_valid():
        try:
            saved = (
                services.update_event(workspace=workspace, event_id=event.pk, draft=form.draft())
                if event
                else services.create_event(workspace=workspace, draft=form.draft(), author=user_of(request))
            )
        except DomainError as problem:
            form.refuse(problem)
        else:
            is_told = event is not None and event.sequence != saved.sequence
            messages.success(request, _("Saved. Guests get a message about the change.") if is_told else _("Saved."))
            return redirect("optin:event", saved.point_id)
    return render_page(
        request, "optin/events/edit.html", {"form": form, "event": event}, status=422 if form.errors else 200
    )


@requires("viewer")
@require_GET
def event(request: HttpRequest, event_point_id: int) -> HttpResponse:
    """One event: how full it is, who comes, and what it brought."""
    shown = _event(request, event_point_id)
    counts = queries.counts(shown)
    phase = shown.phase(clock.now())
    tabs = [
        ("registered", pgettext("event guests", "Registered"), counts.registered),
        ("waiting", pgettext("event guests", "Waiting list"), counts.waiting + counts.offered),
    ]
    if counts.present:
        tabs.append(("present", pgettext("event guests", "Came"), counts.present))
    if counts.missed is not None:
        tabs.append(("missed", pgettext("event guests", "Did not come"), counts.missed))
    tabs.append(("gone", pgettext("event guests", "Cancelled"), counts.cancelled))
    which = request.GET.get("list", "")
    current = which if which in {key for key, *_rest in tabs} else tabs[0][0]
    address = reverse("optin:event", args=[event_point_id])
    page = Paginator(queries.guests(shown, current), PER_PAGE).get_page(request.GET.get("page"))
    placement = placements_of(shown.point)[0]
    context = {
        "event": shown,
        "point": shown.point,
        "when": words.when_words(shown),
        "phase": phase.value,
        "is_past": phase in {Phase.OVER, Phase.CANCELLED},
        "counts": counts,
        "tabs": [(key, label, f"{address}?list={key}", number) for key, label, number in tabs],
        "current": current,
        "page": page,
        "rows": [(one, _answers(shown, one)) for one in page],
        "report": reports.point_report(shown.point),
        "figures": figures(shown.point),
        "qr": pictures.qr_svg(scan_url(shown.point, placement)),
        "placement": placement,
        "is_simulated": is_simulated(shown.point),
        "page_url": page_url(shown.point),
        "helper_url": absolute_url(path) if (path := queries.door_path(shown)) else "",
        "segments": _segments(shown, counts),
        "then": action_sentences(shown.point),
        "gifts": several_gifts(shown.point),
        "may_edit": at_least(membership_of(request).role, "manager"),
        "may_check_in": phase is not Phase.CANCELLED,
    }
    return render_page(request, "optin/events/event.html", context)


@requires("manager")
@require_http_methods(["GET", "POST"])
def cancel_event(request: HttpRequest, event_point_id: int) -> HttpResponse:
    """Asks why, then cancels the event and tells the guests."""
    shown = _event(request, event_point_id)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_event(
                workspace=workspace_of(request), event_id=shown.pk, reason=form.cleaned_data["reason"]
            )
        except DomainError as problem:
            form.add_error("reason" if problem.field == "reason" else None, str(problem))
        else:
            messages.success(request, _("Cancelled. The guests are told."))
            return redirect("optin:event", event_point_id)
    counts = queries.counts(shown)
    context = {"event": shown, "form": form, "guests": counts.registered + counts.waiting + counts.offered}
    return render_page(request, "optin/events/cancel.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def door_link(request: HttpRequest, event_point_id: int) -> HttpResponse:
    """Makes the link for helpers without an account, or ends it."""
    shown = _event(request, event_point_id)
    is_open = request.POST.get("do") == "open"
    services.open_door(workspace=workspace_of(request), event_id=shown.pk, is_open=is_open)
    messages.success(request, _("The link is ready. Send it to your helpers.") if is_open else _("The link has ended."))
    return redirect("optin:event", event_point_id)


@requires("agent")
@require_POST
def change_registration(request: HttpRequest, event_point_id: int, registration_id: int) -> HttpResponse:
    """Gives a seat to a guest ("give") or cancels a registration ("cancel"), as the button says."""
    workspace, shown = workspace_of(request), _event(request, event_point_id)
    is_gift = request.POST.get("do") == "give"
    if not Registration.objects.filter(event=shown, pk=registration_id).exists():
        raise Http404
    try:
        change = services.give_seat if is_gift else services.cancel_registration
        changed = change(workspace=workspace, registration_id=registration_id, by=user_of(request))
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        done = (
            _("%(name)s has a seat now, and is told.") if is_gift else _("The registration of %(name)s is cancelled.")
        )
        messages.success(request, done % {"name": changed.name or _("the guest")})
    return redirect(
        f"{reverse('optin:event', args=[event_point_id])}?{urlencode({'list': request.POST.get('list', '')})}"
    )


def _segments(event: ShopEvent, counts: queries.Counts) -> list[tuple[str, str]]:
    """(words, address) of the segments for a message after the event."""
    name = event.point.name.replace('"', "")
    found = [("registered for event", _("All who registered"))]
    if counts.present:
        found.append(("attended event", _("Those who came")))
    if counts.missed:
        found.append(("missed event", _("Those who did not come")))
    texts = [(label, urlencode({"text": f'{field} "{name}"'})) for field, label in found]
    return [(label, f"{reverse('segments:new')}?{text}") for label, text in texts]


def _answers(event: ShopEvent, registration: Registration) -> str:
    answers = registration.entry.answers
    return " · ".join(str(answers[one["key"]]) for one in event.questions if answers.get(one["key"]))


def _event(request: HttpRequest, event_point_id: int) -> ShopEvent:
    found = queries.event_of_point(workspace_of(request), event_point_id)
    if found is None:
        raise Http404
    return found
