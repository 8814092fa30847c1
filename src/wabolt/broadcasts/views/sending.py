"""The check page: recipients, exclusions, sending now or later, and the test message."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.forms import ScheduleForm, TestSendForm
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.registry import check_notes
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires, whole_number
from wabolt.messaging.queries import reason_words
from wabolt.segments.queries import BrokenSegment, SegmentError
from wabolt.ui.forms import show_refusal

from .common import access_broadcast, bubble_context, draft_of, excluded_rows, segment_trouble

PEOPLE_PER_PAGE = 50


@requires("manager")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Shows who gets the broadcast, who does not and why, and how long it takes; then sends or schedules it."""
    broadcast = access_broadcast(request, broadcast_id)
    action = request.POST.get("do")
    if broadcast.state != Broadcast.State.DRAFT:
        return redirect("broadcasts:detail", broadcast.pk)
    if not services.is_ready(broadcast):
        return redirect("broadcasts:template", broadcast.pk)
    schedule_form = ScheduleForm(request.POST if action == "schedule" else None)
    if request.method != "POST":
        return _receipt(request, broadcast, schedule_form=schedule_form)
    refusal = ""
    try:
        if action == "start":
            services.start(broadcast=broadcast, promised=whole_number(str(request.POST.get("promised", ""))))
        elif action == "strangers" and _is_owner(request):
            services.set_to_strangers(broadcast=broadcast, allowed=bool(request.POST.get("allowed")))
            return redirect("broadcasts:check", broadcast.pk)
        elif action == "schedule" and schedule_form.is_valid():
            services.schedule(broadcast=broadcast, at=schedule_form.cleaned_data["scheduled_at"], by=user_of(request))
        else:
            return _receipt(request, broadcast, schedule_form=schedule_form, status=422)
    except DomainError as error:
        if error.field in schedule_form.fields and schedule_form.is_bound:
            show_refusal(schedule_form, error)
        else:
            refusal = str(error)
        return _receipt(request, broadcast, schedule_form=schedule_form, refusal=refusal, status=422)
    return redirect("broadcasts:detail", broadcast.pk)


def _is_owner(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "owner")


def _receipt(request: HttpRequest, broadcast: Broadcast, *, status: int = 200, **extra: Any) -> HttpResponse:
    preview, broken = None, ""
    if broadcast.segment is None:
        broken = _("The segment of this broadcast no longer exists. Choose another.")
    elif broadcast.channel.archived_at is not None:
        broken = _("The number of this broadcast is no longer in use. Choose another.")
    else:
        try:
            preview = queries.preview(broadcast)
        except (BrokenSegment, SegmentError) as error:
            broken = segment_trouble(error)
    excluded = preview.excluded if preview else {}
    context = {
        "broadcast": broadcast,
        "seen": preview,
        "broken": broken,
        "schedule_form": ScheduleForm(),
        "test_form": TestSendForm(broadcast.workspace),
        "price": queries.price_estimate(broadcast, preview.recipients) if preview else None,
        "may_reach_strangers": _is_owner(request) and ("never_wrote" in excluded or broadcast.to_strangers),
        "excluded": excluded_rows(preview),
        "hours": queries.hours_of(broadcast),
        "notes": check_notes(broadcast, preview.recipients) if preview and preview.recipients else (),
        **bubble_context(request, draft_of(broadcast)),
        **extra,
    }
    return render(request, "broadcasts/broadcast_check.html", context, status=status)


@requires("manager")
@require_safe
def check_people(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Lists the contacts behind a number of the check page: those excluded for `?reason=`, the comparison group, or
    those who would get it."""
    broadcast = access_broadcast(request, broadcast_id)
    if broadcast.state != Broadcast.State.DRAFT:
        return redirect("broadcasts:people", broadcast.pk)
    try:
        preview = queries.preview(broadcast)
    except (BrokenSegment, SegmentError):
        return redirect("broadcasts:check", broadcast.pk)
    offered = [*preview.excluded, *(["held_out"] if preview.held_out else [])]
    reason = request.GET.get("reason", "") if request.GET.get("reason") in offered else ""
    # Paginator only counts and slices
    members: Any = queries.audience_members(broadcast, reason)
    context = {
        "broadcast": broadcast,
        "seen": preview,
        "reason": reason,
        "everybody": not reason,
        "others": [(key, reason_words(key), preview.excluded.get(key, preview.held_out)) for key in offered],
        "page": Paginator(members, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render_page(request, "broadcasts/broadcast_check_people.html", context, fragments=("table",))


@requires("manager")
@require_POST
def test_send(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Sends the text, with a real contact's data, to the member's own phone."""
    broadcast = access_broadcast(request, broadcast_id)
    if broadcast.state != Broadcast.State.DRAFT:
        return redirect("broadcasts:detail", broadcast.pk)
    form = TestSendForm(broadcast.workspace, request.POST)
    if not form.is_valid():
        return _receipt(request, broadcast, test_form=form, status=422)
    shown = bubble_context(request, draft_of(broadcast, trial=True))
    problem = shown["problem"]
    if not problem:
        try:
            services.send_test(broadcast=broadcast, phone=form.cleaned_data["phone"], text=shown["shown"])
        except DomainError as error:
            problem = str(error)
    if problem:
        form.add_error("phone", problem)
        return _receipt(request, broadcast, test_form=form, status=422)
    messages.success(request, _("A trial is on its way to that number."))
    return redirect("broadcasts:check", broadcast.pk)
