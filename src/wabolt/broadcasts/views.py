"""Pages of broadcasts."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wabolt.accounts.services import record_audit
from wabolt.broadcasts import panels, queries, services
from wabolt.broadcasts.forms import BroadcastForm, ScheduleForm, TestSendForm
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.reasons import describe
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires
from wabolt.messaging import rendering
from wabolt.segments.models import Segment
from wabolt.segments.queries import BrokenSegment, sample_contacts
from wabolt.segments.rules import SegmentError, from_json

PEOPLE_TO_LEAF = 20
State = Broadcast.State


def _access(request: HttpRequest, broadcast_id: int) -> Broadcast:
    try:
        return queries.get_broadcast(request.workspace, broadcast_id)  # type: ignore[attr-defined]
    except Broadcast.DoesNotExist:
        raise Http404 from None


@requires("viewer")
def broadcast_list(request: HttpRequest) -> HttpResponse:
    """State and result of every broadcast at a glance; one that runs keeps its row alive."""
    workspace = request.workspace  # type: ignore[attr-defined]
    page = Paginator(queries.broadcasts(workspace), 25).get_page(request.GET.get("page"))
    progress = queries.progress_of(page.object_list)
    revenue = panels.revenue_of(workspace, page.object_list)
    rows = [(broadcast, progress[broadcast.pk], revenue.get(broadcast.pk)) for broadcast in page.object_list]
    live = any(broadcast.state in {State.RUNNING, State.FREEZING} for broadcast in page.object_list)
    context = {"page": page, "rows": rows, "live": live}
    return render_page(request, "broadcasts/broadcast_list.html", context, fragments=("rows",))


@requires("manager")
def compose(request: HttpRequest, broadcast_id: int | None = None) -> HttpResponse:
    """To whom, what, and how it is measured; the next page checks it."""
    workspace = request.workspace  # type: ignore[attr-defined]
    broadcast = _access(request, broadcast_id) if broadcast_id else None
    if broadcast and broadcast.state != State.DRAFT:
        return redirect("broadcasts:detail", broadcast.pk)
    if request.method == "POST":
        form = BroadcastForm(workspace, request.POST, broadcast=broadcast)
        if form.is_valid():
            try:
                saved = services.save_draft(
                    workspace=workspace, user=request.user, broadcast=broadcast, **form.cleaned_data
                )  # type: ignore[arg-type]
                return redirect("broadcasts:check", saved.pk)
            except DomainError as error:
                form.add_error(error.field or None, str(error))
    else:
        segment = Segment.objects.filter(workspace=workspace, pk=_number(request.GET.get("segment"))).first()
        initial = {"initial": {"segment": segment}} if segment and not broadcast else {}
        form = BroadcastForm(workspace, broadcast=broadcast, **initial)
    context = {
        "form": form,
        "broadcast": broadcast,
        "variables": rendering.known_variables(workspace),
        "has_channel": form.fields["channel"].queryset.exists(),  # type: ignore[attr-defined]
        "has_segment": form.fields["segment"].queryset.exists(),  # type: ignore[attr-defined]
        **_bubble_context(request, form["text"].value() or "", form["segment"].value()),
    }
    return render(request, "broadcasts/broadcast_form.html", context, status=422 if form.errors else 200)


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 18 else None


def _bubble_context(request: HttpRequest, text: str, segment: object) -> dict[str, Any]:
    """The text as one person of the segment will see it; `person` counts from 0 and wraps around."""
    workspace = request.workspace  # type: ignore[attr-defined]
    pk = segment.pk if isinstance(segment, Segment) else _number(str(segment or ""))
    chosen = Segment.objects.filter(workspace=workspace, pk=pk).first() if pk else None
    people: list[Any] = []
    if chosen:
        try:
            people = sample_contacts(workspace, from_json(chosen.tree), PEOPLE_TO_LEAF)
        except (BrokenSegment, SegmentError):
            people = []
    index = (_number(request.POST.get("person")) or 0) % len(people) if people else 0
    person = people[index] if people else None
    shown, problem = "", ""
    if text.strip():
        try:
            shown = rendering.preview(workspace, text, person)
        except DomainError as error:
            problem = str(error)
    return {
        "person": person, "person_index": index, "people": len(people), "shown": shown, "problem": problem,
        "previous_person": (index - 1) % len(people) if people else 0, "next_person": index + 1,
    }  # fmt: skip


@requires("manager")
@require_POST
def bubble(request: HttpRequest) -> HttpResponse:
    """The phone beside the composer, with a real person's data."""
    context = _bubble_context(request, request.POST.get("text", ""), request.POST.get("segment"))
    return render(request, "broadcasts/broadcast_form.html#bubble", context)


@requires("manager")
@require_POST
def reach(request: HttpRequest) -> HttpResponse:
    """How many of the chosen segment would get it, while composing."""
    workspace = request.workspace  # type: ignore[attr-defined]
    form = BroadcastForm(workspace, request.POST)
    form.is_valid()
    segment, channel = form.cleaned_data.get("segment"), form.cleaned_data.get("channel")
    seen = None
    if segment and channel:
        draft = Broadcast(
            workspace=workspace, segment=segment, segment_tree=segment.tree, channel=channel,
            text=request.POST.get("text", ""), holdout_percent=form.cleaned_data.get("holdout_percent") or 0,
        )  # fmt: skip
        try:
            seen = queries.preview(draft)
        except (BrokenSegment, SegmentError):
            seen = None
    return render(request, "broadcasts/broadcast_form.html#reach", {"seen": seen})


@requires("manager")
def check(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """The receipt: who will get it, who will not and why, how long it takes; then send now or later."""
    broadcast = _access(request, broadcast_id)
    if broadcast.state != State.DRAFT:
        return redirect("broadcasts:detail", broadcast.pk)
    schedule_form = ScheduleForm(request.POST if "schedule" in request.POST else None)
    if request.method == "POST":
        answer = _send(request, broadcast, schedule_form)
        if answer:
            return answer
    try:
        seen, broken = queries.preview(broadcast), ""
    except (BrokenSegment, SegmentError) as error:
        seen, broken = None, str(error)
    context = {
        "broadcast": broadcast, "seen": seen, "broken": broken, "schedule_form": schedule_form,
        "test_form": TestSendForm(broadcast.workspace),
        "excluded": [(reason, describe(reason), count) for reason, count in (seen.excluded if seen else {}).items()],
        **_bubble_context(request, broadcast.text, broadcast.segment),
    }  # fmt: skip
    return render(request, "broadcasts/broadcast_check.html", context, status=422 if schedule_form.errors else 200)


def _send(request: HttpRequest, broadcast: Broadcast, form: ScheduleForm) -> HttpResponse | None:
    try:
        if "schedule" in request.POST:
            if not form.is_valid():
                return None
            services.schedule(broadcast=broadcast, at=form.cleaned_data["scheduled_at"])
            action = "broadcast.schedule"
        else:
            services.start(broadcast=broadcast)
            action = "broadcast.start"
    except DomainError as error:
        if error.field and form.is_bound:
            form.add_error(error.field, str(error))
        else:
            messages.error(request, str(error))
        return None
    record_audit(request=request, action=action, target_kind="broadcast", target_id=broadcast.pk)
    return redirect("broadcasts:detail", broadcast.pk)


@requires("viewer")
def detail(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Progress while it runs, the report afterwards."""
    broadcast = _access(request, broadcast_id)
    member = request.membership  # type: ignore[attr-defined]
    if broadcast.state == State.DRAFT and member.role in {"manager", "owner"}:
        return redirect("broadcasts:check", broadcast.pk)
    progress = queries.progress(broadcast)
    live = broadcast.state in {State.RUNNING, State.FREEZING, State.SCHEDULED}
    context: dict[str, Any] = {"broadcast": broadcast, "progress": progress, "live": live}
    if request.headers.get("HX-Target") == "progress":
        response = render(request, "broadcasts/broadcast_detail.html#progress", context)
        if not live:  # the report below belongs to the end: let the whole page come again
            response["HX-Refresh"] = "true"
        return response
    reasons = queries.suppressed_reasons(broadcast)
    context["reasons"] = [(reason, describe(reason), count) for reason, count in reasons.items()]
    context["sample"] = queries.sample_text(broadcast)
    context["panels"] = [(panel.template, panel.context(request, broadcast)) for panel in panels.panels()]
    return render(request, "broadcasts/broadcast_detail.html", context)


@requires("viewer")
def people(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Who got it and who did not, filtered by state or reason."""
    broadcast = _access(request, broadcast_id)
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "")
    rows = queries.recipients(broadcast, state=state, reason=reason)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    counts = queries.progress(broadcast).counts
    context = {
        "broadcast": broadcast, "page": page, "state": state, "reason": reason, "counts": counts,
        "reason_words": describe(reason) if reason else "",
        "rows": [(row, describe(row.why) if row.why else "") for row in page.object_list],
    }  # fmt: skip
    return render_page(request, "broadcasts/recipient_list.html", context, fragments=("table",))


def _act(request: HttpRequest, broadcast_id: int, verb: str, done: str) -> HttpResponseRedirect:
    broadcast = _access(request, broadcast_id)
    try:
        getattr(services, verb)(broadcast=broadcast)
        record_audit(request=request, action=f"broadcast.{verb}", target_kind="broadcast", target_id=broadcast.pk)
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("broadcasts:detail", args=[broadcast.pk]))


@requires("manager")
@require_POST
def pause(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    return _act(request, broadcast_id, "pause", _("Paused. Nothing more goes out until you continue."))


@requires("manager")
@require_POST
def resume(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    return _act(request, broadcast_id, "resume", _("It goes on."))


@requires("manager")
def cancel(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    broadcast = _access(request, broadcast_id)
    if request.method == "POST":
        return _act(request, broadcast_id, "cancel", _("Cancelled. What was already sent stays sent."))
    context = {"broadcast": broadcast, "open": queries.progress(broadcast).open}
    return render(request, "broadcasts/broadcast_confirm_cancel.html", context)


@requires("manager")
def delete(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    broadcast = _access(request, broadcast_id)
    if request.method != "POST":
        return render(request, "broadcasts/broadcast_confirm_delete.html", {"broadcast": broadcast})
    try:
        services.delete_draft(broadcast=broadcast)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("broadcasts:detail", broadcast.pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("broadcasts:list")


@requires("manager")
@require_POST
def copy(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """A new draft with the same text and segment, to send again to those it is right for today."""
    broadcast = services.copy_broadcast(broadcast=_access(request, broadcast_id), user=request.user)  # type: ignore[arg-type]
    return redirect("broadcasts:edit", broadcast.pk)


@requires("manager")
@require_POST
def test_send(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Sends the text, with a real person's data, to the owner's own phone."""
    broadcast = _access(request, broadcast_id)
    form = TestSendForm(broadcast.workspace, request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["phone"]))
        return redirect("broadcasts:check", broadcast.pk)
    shown = _bubble_context(request, broadcast.text, broadcast.segment)
    try:
        services.send_test(broadcast=broadcast, phone=form.cleaned_data["phone"], text=shown["shown"])
        messages.success(request, _("A trial is on its way to that number."))
    except DomainError as error:
        messages.error(request, str(error))
    record_audit(request=request, action="broadcast.test", target_kind="broadcast", target_id=broadcast.pk)
    return redirect("broadcasts:check", broadcast.pk)
