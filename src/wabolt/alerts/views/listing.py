"""The page "Alerts"."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.alerts import queries, services
from wabolt.alerts.models import Alert
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires


@requires("viewer")
@require_GET
def alert_list(request: HttpRequest) -> HttpResponse:
    """The open alerts and the newest resolved ones."""
    workspace, role, user = workspace_of(request), membership_of(request).role, user_of(request)
    context = {
        "open": queries.open_alerts(workspace, role, user),
        "resolved": queries.resolved_alerts(workspace, role, user),
        "may_acknowledge": at_least(role, "agent"),
    }
    return render_page(request, "alerts/list.html", context)


@requires("viewer")
@require_GET
def open_page(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Goes from a notification to the page where the member can act; without one to the list."""
    alert = get_object_or_404(Alert, workspace=workspace_of(request), pk=alert_id)
    shown = queries.shown(alert, membership_of(request).role, user_of(request))
    return redirect(shown.url if shown is not None and shown.url else "alerts:list")


@requires("agent")
@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Acknowledges an alert."""
    alert = get_object_or_404(Alert.objects.select_related("workspace"), workspace=workspace_of(request), pk=alert_id)
    if not queries.may_see(alert, membership_of(request).role, user_of(request)):
        raise Http404
    services.acknowledge_alert(alert=alert, by=user_of(request))
    alert.refresh_from_db()
    messages.success(
        request, _("Noted.") if alert.resolved_at else _("Noted. It stays in this list until it is solved.")
    )
    return redirect("alerts:list")
