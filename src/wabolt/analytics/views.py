"""The dashboard, and a broadcast's report on the broadcast's page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.accounts.services import record_audit
from wabolt.analytics import queries
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import broadcasts, get_broadcast, progress_of, recipients
from wabolt.broadcasts.services import settle_doubtful
from wabolt.channels.queries import number_cards
from wabolt.inbox.queries import conversation_page, waiting_of
from wabolt.journeys.models import Journey
from wabolt.lib import clock
from wabolt.lib.roles import at_least
from wabolt.lib.spreadsheets import csv_chunks
from wabolt.lib.web import kept_offline, long_response, requires
from wabolt.messaging.models import Message
from wabolt.messaging.queries import reason_words
from wabolt.ui import states
from wabolt.ui.filters import number_id

LAST_BROADCASTS = 4
LAST_CONVERSATIONS = 4
DOUBTS_A_PAGE = 50


@requires("viewer")
@kept_offline
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """How is my shop doing on WhatsApp?"""
    workspace = workspace_of(request)
    now = clock.now()
    steps = queries.first_steps(workspace)
    overview = queries.overview(workspace, now)
    last = list(broadcasts(workspace).exclude(state=Broadcast.State.DRAFT)[:LAST_BROADCASTS])
    progress = progress_of(last)
    revenue = revenue_column(workspace, last)
    waiting = waiting_of(request)
    context = {
        "may_send": at_least(membership_of(request).role, "manager"),
        "steps": steps,
        "overview": overview,
        "growth": _growth(overview),
        "broadcasts": [(item, progress[item.pk], revenue.get(item.pk, 0)) for item in last],
        "earned": sum(revenue.values()),
        "numbers": number_cards(workspace),
        "waiting": waiting,
        "conversations": conversation_page(workspace, waiting=True, limit=LAST_CONVERSATIONS).conversations
        if waiting
        else (),
    }
    return render(request, "analytics/home.html", context)


def _growth(overview: queries.Overview) -> dict[str, Any]:
    """Returns the chart of the permissions granted and withdrawn per day."""
    return {
        "x": [date_format(day.day, "j M") for day in overview.growth],
        "series": [
            {"name": _("Agreed"), "values": [day.granted for day in overview.growth]},
            {"name": _("Stopped"), "values": [day.withdrawn for day in overview.growth]},
        ],
    }


def revenue_column(workspace: Workspace, items: Sequence[Broadcast]) -> Mapping[int, int]:
    """Returns the revenue of each broadcast for the list of broadcasts."""
    found = queries.revenue_of(workspace.pk, "broadcast", [item.pk for item in items])
    return {pk: revenue for pk, (_orders, revenue) in found.items()}


def revenue_of_steps(workspace: Workspace, step_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """Returns {step id: (orders, revenue)} for the pages of journeys."""
    return queries.revenue_of(workspace.pk, "journey", step_ids)


def journey_panel(_request: HttpRequest, journey: Journey) -> dict[str, Any] | None:
    """Shows what a journey earned, and its comparison group. None while there is neither."""
    earned = revenue_of_steps(journey.workspace, list(journey.steps.values_list("pk", flat=True)))
    comparison = queries.compare_with_holdout(journey)
    if not earned and comparison is None:
        return None
    days = queries.BOUGHT_WITHIN.days
    return {
        "orders": sum(orders for orders, _revenue in earned.values()),
        "revenue": sum(revenue for _orders, revenue in earned.values()),
        "comparison": comparison,
        "percent": journey.holdout_percent,
        "hint": ngettext("Bought within %(n)s day", "Bought within %(n)s days", days) % {"n": days},
    }


def report_panel(request: HttpRequest, broadcast: Broadcast) -> dict[str, Any]:
    """Shows funnel, revenue, comparison and course once a message was sent."""
    done = queries.activity(broadcast)
    report = queries.report(broadcast, done)
    sent = report.progress.sent
    course = queries.course(broadcast, clock.now(), done)
    hourly = len(course) > 1 and (course[1].at - course[0].at).total_seconds() < 86_400
    form = "j M H.i" if hourly else "j M"
    rows = [
        (_("Sent"), sent),
        (_("Delivered, at least"), report.delivered),
        (_("Read, at least"), report.read),
        (_("Clicked"), report.clicked),
        (_("Replied"), report.replied),
        (_("Ordered"), report.orders, "good"),
    ]
    return {
        "broadcast": broadcast,
        "report": report,
        "doubted": report.progress.count("unknown"),
        "doubt_reasons": [reason_words(reason) for reason in queries.doubt_reasons(broadcast)],
        "may_settle": at_least(membership_of(request).role, "manager"),
        "funnel": rows,
        "course": {
            "x": [date_format(localtime(step.at), form) for step in course],
            "series": [
                {"name": _("Sent"), "values": [step.sent for step in course]},
                {"name": _("Read"), "values": [step.read for step in course]},
                {"name": _("Clicked"), "values": [step.clicked for step in course]},
                {"name": _("Orders"), "values": [step.orders for step in course]},
            ],
        },
        "hourly": hourly,
        "busiest": max((step for step in course if step.read), key=lambda step: step.read, default=None),
    }


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def doubts(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Lists the messages in the state "unknown" and takes a member's answer whether they were sent."""
    broadcast = _broadcast_or_404(request, broadcast_id)
    if request.method == "POST" and request.POST.get("verdict") in ("sent", "failed"):
        _settle(request, broadcast)
        return redirect(request.path)
    found: Any = recipients(broadcast, state=Message.State.UNKNOWN)
    page = Paginator(found, DOUBTS_A_PAGE).get_page(request.GET.get("page"))
    if not page.paginator.count:
        return redirect("broadcasts:detail", broadcast.pk)
    rows = [(row, reason_words(row.reason)) for row in page.object_list]
    return render(request, "analytics/doubts.html", {"broadcast": broadcast, "page": page, "rows": rows})


def _settle(request: HttpRequest, broadcast: Broadcast) -> None:
    arrived = request.POST["verdict"] == "sent"
    ticked = [int(pk) for pk in request.POST.getlist("ids") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    if not ticked and "all" not in request.POST:
        messages.warning(request, _("Tick somebody first."))
        return
    chosen = None if "all" in request.POST else ticked
    count = settle_doubtful(broadcast=broadcast, arrived=arrived, contact_ids=chosen)
    if arrived:
        done = ngettext("%(count)s message counts as sent now.", "%(count)s messages count as sent now.", count)
    else:
        done = ngettext("%(count)s message counts as not sent now.", "%(count)s messages count as not sent now.", count)
    messages.success(request, done % {"count": number_id(count)})


def _broadcast_or_404(request: HttpRequest, broadcast_id: int) -> Broadcast:
    try:
        return get_broadcast(workspace_of(request), broadcast_id)
    except Broadcast.DoesNotExist:
        raise Http404 from None


@long_response
@requires("manager")
@require_safe
def report_csv(request: HttpRequest, broadcast_id: int) -> HttpResponseBase:
    """Streams one row per recipient. Cells that a spreadsheet would run as a formula are escaped."""
    workspace = workspace_of(request)
    broadcast = _broadcast_or_404(request, broadcast_id)
    record_audit(request=request, action="broadcast.export", target=("broadcast", broadcast.pk))
    language = translation.get_language() or "id"
    header = [
        _("Name"), _("WhatsApp number"), _("Status"), _("Reason"), _("Sent at"), _("Delivered at"), _("Read at"),
        _("Clicked at"), _("Orders"), _("Revenue"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Any]]:
        with translation.override(
            language
        ):  # The rows are made after the view has returned, when the language of the middleware is no longer active.
            for _pk, name, phone, state, why, *moments, orders, total in queries.recipient_rows(broadcast):
                word = str(states.describe(state)[0])
                yield [name, phone, word, reason_words(why), *moments, orders or 0, total or 0]

    chunks = csv_chunks(header, rows(), tz=workspace.tz)
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="broadcast-{broadcast.pk}.csv"'
    return response
