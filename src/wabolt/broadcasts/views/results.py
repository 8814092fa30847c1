"""The list of broadcasts, the progress and report of one, and its recipients."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from wabolt.accounts.queries import workspace_of
from wabolt.broadcasts import queries, registry
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import media_of
from wabolt.lib import clock
from wabolt.lib.sql import one_snapshot
from wabolt.lib.web import STOP_POLLING, answer_poll, kept_offline, render_page, requires
from wabolt.media.queries import shown_media
from wabolt.messaging.queries import cost_of, lane_statuses, reason_words
from wabolt.ui.filters import local_time

from .common import access_broadcast, may_edit

PER_PAGE, PEOPLE_PER_PAGE = 25, 50
State = Broadcast.State


@requires("viewer")
@kept_offline
@require_safe
def broadcast_list(request: HttpRequest) -> HttpResponse:
    """Lists all broadcasts with state and result; running ones are polled."""
    workspace = workspace_of(request)
    page = Paginator(queries.broadcasts(workspace), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    progress, revenue = queries.progress_of(shown), registry.revenue_of(workspace, shown)
    rows = [(broadcast, progress[broadcast.pk], revenue.get(broadcast.pk)) for broadcast in shown]
    live = any(broadcast.state in {State.RUNNING, State.FREEZING} for broadcast in shown)
    context = {"page": page, "rows": rows, "live": live, "may_edit": may_edit(request)}
    polled = bool(request.headers.get("HX-Request"))
    status = STOP_POLLING if polled and not live else 200
    return answer_poll(
        request,
        (page.paginator.count, [_shown(*row) for row in rows]),
        lambda: render_page(request, "broadcasts/broadcast_list.html", context, fragments=("rows",), status=status),
    )


def _shown(broadcast: Broadcast, progress: queries.Progress, revenue: int | None) -> tuple[object, ...]:
    """Returns the facts of a broadcast that the list shows."""
    segment = broadcast.segment.name if broadcast.segment else ""
    times = (broadcast.started_at, broadcast.scheduled_at, broadcast.created_at)
    return broadcast.pk, broadcast.name, segment, broadcast.state, times, progress, revenue


@requires("viewer")
@kept_offline
@require_safe
def detail(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Shows the progress while the broadcast runs, then the report."""
    broadcast = access_broadcast(request, broadcast_id)
    if broadcast.state == State.DRAFT and may_edit(request) and not request.headers.get("HX-Request"):
        return redirect("broadcasts:check", broadcast.pk)
    if request.headers.get("HX-Target") == "progress":
        if request.GET.get("was") != broadcast.state:  # buttons and report change with the state: load the whole page
            return HttpResponse(headers={"HX-Refresh": "true"})
        shown = _progress_context(broadcast)
        times = (broadcast.started_at, broadcast.scheduled_at, broadcast.expires_at, local_time(shown.get("finish")))
        return answer_poll(
            request,
            (broadcast.state, broadcast.planned, times, broadcast.channel.messages_per_minute, shown["progress"],
             shown.get("rest")),
            lambda: render(request, "broadcasts/broadcast_detail.html#progress", shown),
        )  # fmt: skip
    context: dict[str, Any] = {"may_edit": may_edit(request), "media": shown_media(media_of(broadcast))}
    with one_snapshot():  # While it is sending, the figures of two statements would contradict each other.
        context |= _progress_context(broadcast)
        reasons = queries.suppressed_reasons(broadcast)
        context["cost"] = cost_of(broadcast.workspace, "broadcast", broadcast.pk)
        context["panels"] = [(panel.template, panel.context(request, broadcast)) for panel in registry.panels()]
        context["counted_at"] = clock.now()
        context["sample"] = queries.sample_text(broadcast)
    context["reasons"] = [(reason, reason_words(reason), count) for reason, count in reasons.items()]
    return render(request, "broadcasts/broadcast_detail.html", context)


def _progress_context(broadcast: Broadcast) -> dict[str, Any]:
    live = broadcast.state in {State.RUNNING, State.FREEZING, State.SCHEDULED}
    context: dict[str, Any] = {"broadcast": broadcast, "progress": queries.progress(broadcast), "live": live}
    if broadcast.state == State.RUNNING:
        context["finish"] = queries.finish_of(broadcast, context["progress"].open)
        context["rest"] = lane_statuses(broadcast.workspace, [broadcast.channel])[broadcast.channel_id].rest
    return context


@requires("viewer")
@require_safe
def people(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Lists the recipients, filtered by state or reason."""
    broadcast = access_broadcast(request, broadcast_id)
    progress = queries.progress(broadcast)
    reasons = queries.suppressed_reasons(broadcast)
    # unknown states and reasons show all recipients
    state = request.GET.get("state", "") if request.GET.get("state") in queries.STATES else ""
    reason = request.GET.get("reason", "") if request.GET.get("reason") in reasons else ""
    recipients: Any = queries.recipients(broadcast, state=state, reason=reason)  # Paginator only counts and slices
    page = Paginator(recipients, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "broadcast": broadcast,
        "page": page,
        "state": state,
        "reason": reason,
        "progress": progress,
        "reason_words": reason_words(reason),
        "rows": [(row, reason_words(row.reason)) for row in page.object_list],
    }
    return render_page(request, "broadcasts/recipient_list.html", context, fragments=("table",))
