"""The health page of a number: today's allowance, answer rate and reachable contacts."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wabolt.accounts.queries import workspace_of
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.registry import providers
from wabolt.channels.rules import ANSWERS_WANTED, FIRST_CONTACTS_MOST
from wabolt.channels.views import channel_or_404
from wabolt.lib import clock
from wabolt.lib.web import render_page, requires

WINDOWS = (7, 30)
"""Lengths of the reported periods in days."""


@requires("viewer")
@require_safe
def health(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Shows the health page. The list of numbers loads the fragment `short` into each card."""
    channel = channel_or_404(request, channel_id)
    statistics, lanes, workspace = registry.number_statistics(), registry.lanes(), workspace_of(request)
    if statistics is None or lanes is None:
        raise Http404
    now = clock.now()
    is_short = request.headers.get("HX-Target", "") == f"short-{channel.pk}"
    days = WINDOWS[:1] if is_short else WINDOWS
    periods = [(d, statistics.conversations(workspace, [channel], now - timedelta(days=d))[channel.pk]) for d in days]
    context: dict[str, Any] = {"channel": channel, "periods": periods, "week": periods[0][1]}
    context |= {"answers_wanted": ANSWERS_WANTED, "first_most": FIRST_CONTACTS_MOST}
    if is_short:
        return render(request, "channels/health.html#short", context)
    context |= {"lane": lanes.states(workspace, [channel])[channel.pk], "reach": statistics.reach(workspace)}
    context |= {"only_known": providers.capabilities(channel.provider).only_known_people}
    context |= _plan(channel, statistics.warm_up(channel))
    return render_page(request, "channels/health.html", context)


def _plan(channel: Channel, plan: registry.WarmUp) -> dict[str, Any]:
    """Returns the chart data of the warm-up plan and the day on which the warm-up ends."""
    if plan.today is None or channel.linked_at is None:
        return {"plan": None}
    full = channel.linked_at + timedelta(days=len(plan.caps) - 1)
    data = {
        "x": [str(day + 1) for day in range(len(plan.caps))],
        "series": [{"name": _("Promotions a day"), "values": plan.caps}],
    }
    return {"plan": data, "day": plan.today + 1, "days": len(plan.caps), "full": full, "today": plan.caps[plan.today]}
