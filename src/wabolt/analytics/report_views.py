"""The reports page, and the warnings about many promotions on the check pages."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.analytics import queries, services
from wabolt.analytics.forms import AimForm
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.registry import CheckNote
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import Definition, content_classes
from wabolt.lib import clock
from wabolt.lib.roles import at_least
from wabolt.lib.sql import TooSlowError, time_limit
from wabolt.lib.web import WHOLE, edits, patience_of, render_page, requires
from wabolt.messaging.models import MessageContent
from wabolt.ui.filters import percent

PROMOTION = MessageContent.Class.PROMOTION


@requires("viewer")
@require_http_methods(["GET", "HEAD", "POST"])
@edits()
def reports(request: HttpRequest) -> HttpResponseBase:
    """Do my customers get more useful messages than offers?"""
    workspace = workspace_of(request)
    aim = queries.aim_of(workspace)
    may_edit = at_least(membership_of(request).role, "manager")
    form = AimForm(request.POST if request.method == "POST" else None, initial={"promotion_percent": aim})
    if request.method == "POST":
        return _save_aim(request, form)
    return _page(request, form, aim, may_edit=may_edit)


@requires("manager")
def _save_aim(request: HttpRequest, form: AimForm) -> HttpResponse:
    workspace = workspace_of(request)
    if form.is_valid():
        chosen = form.cleaned_data["promotion_percent"]
        services.save_content_aim(workspace=workspace, promotion_percent=chosen, by=user_of(request))
        messages.success(request, _("Saved."))
        return redirect("analytics:reports")
    return _page(request, form, queries.aim_of(workspace), may_edit=True, status=422)


def _page(request: HttpRequest, form: AimForm, aim: int, *, may_edit: bool, status: int = 200) -> HttpResponse:
    """The page. In a shop with very many messages its figures are fetched after it."""
    workspace, now, patience = workspace_of(request), clock.now(), patience_of(request)
    context: dict[str, Any] = {"aim": aim, "form": form, "may_edit": may_edit}
    try:
        with time_limit(patience):
            mix = queries.content_mix(workspace, now)
            context |= {"mix": mix, "exceeds": mix.exceeds(aim)}
            context["chart"] = _chart(queries.monthly_mix(workspace, now)) if mix.messages else None
    except TooSlowError:
        context |= {"is_too_slow": True, "comes_later": patience < WHOLE}
    return render_page(request, "analytics/reports.html", context, fragments=("mix",), status=status)


def _chart(months: list[queries.Mix]) -> dict[str, Any]:
    return {
        "x": [date_format(mix.month, "M Y") for mix in months if mix.month],
        "series": [
            {"name": _("Useful content"), "values": [mix.useful for mix in months]},
            {"name": _("Promotion"), "values": [mix.promotions for mix in months]},
        ],
    }


def broadcast_note(broadcast: Broadcast, recipients: int) -> CheckNote | None:
    """Warns before a promotion with which the share of promotions exceeds the aim."""
    if broadcast.content_class != PROMOTION:
        return None
    mix = queries.recent_mix(broadcast.workspace, clock.now())
    text = _(
        "With this broadcast, %(share)s of the messages of the last 30 days are promotions. Your aim is at most"
        " %(aim)s %%. People stay longer on a list that also helps them: send something useful first."
    )
    return _note(broadcast.workspace, mix.with_promotions(recipients), text)


def journey_note(journey: Journey, draft: Definition) -> CheckNote | None:
    """Warns before a journey with promotions while the share of promotions exceeds the aim."""
    if PROMOTION not in content_classes(journey, draft):
        return None
    text = _(
        "%(share)s of the messages of the last 30 days were promotions. Your aim is at most %(aim)s %%, and this"
        " journey sends promotions too. If a message is a tip or a greeting without an offer, let it count as useful"
        " content."
    )
    return _note(journey.workspace, queries.recent_mix(journey.workspace, clock.now()), text)


def _note(workspace: Workspace, mix: queries.Mix, text: str) -> CheckNote | None:
    aim = queries.aim_of(workspace)
    if not mix.exceeds(aim):
        return None
    words = text % {"share": percent(mix.share), "aim": aim}
    return CheckNote(_("More promotions than you want"), words, reverse("analytics:reports"), _("See the report"))
