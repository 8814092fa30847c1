"""The alerts of the legal deadline: when a request or a breach is new, and after 24, 48 and 72 hours."""

from datetime import datetime
from typing import Any

from wabolt.alerts.services import reconcile_alerts, resolve_alert
from wabolt.lib import clock
from wabolt.privacy.models import Breach, DataRequest
from wabolt.privacy.queries import alert_data
from wabolt.privacy.rules import Stage, stage_of

REQUEST_ALERTS = {
    Stage.NEW: "privacy.new",
    Stage.DAY_1: "privacy.day_1",
    Stage.DAY_2: "privacy.day_2",
    Stage.OVERDUE: "privacy.overdue",
}
BREACH_ALERTS = {
    Stage.NEW: "breach.new",
    Stage.DAY_1: "breach.day_1",
    Stage.DAY_2: "breach.day_2",
    Stage.OVERDUE: "breach.overdue",
}


def update_deadline_alerts() -> None:
    """Opens and closes alerts so that each open request and breach of every shop has the one of its stage."""
    now = clock.now()
    requests = DataRequest.objects.filter(state__in=("open", "erasing"))
    _reconcile(REQUEST_ALERTS, [(one.workspace_id, one.pk, one.opened_at, alert_data(one)) for one in requests], now)
    breaches = Breach.objects.exclude(agency_told_at__isnull=False, people_told_at__isnull=False)
    found = [(one.workspace_id, one.pk, one.known_at, {"due": one.due_at.isoformat()}) for one in breaches]
    _reconcile(BREACH_ALERTS, found, now)


def resolve_request_alerts(request: DataRequest) -> None:
    """Ends the alerts of a request that is closed, in the caller's transaction."""
    for kind in REQUEST_ALERTS.values():
        resolve_alert(workspace=request.workspace, kind=kind, subject=str(request.pk))


def resolve_breach_alerts(breach: Breach) -> None:
    """Ends the alerts of a breach whose letters are out, in the caller's transaction."""
    for kind in BREACH_ALERTS.values():
        resolve_alert(workspace=breach.workspace, kind=kind, subject=str(breach.pk))


def _reconcile(kinds: dict[Stage, str], clocks: list[tuple[int, int, datetime, dict[str, Any]]], now: datetime) -> None:
    for stage, kind in kinds.items():
        found = {
            (workspace, str(pk)): data for workspace, pk, started, data in clocks if stage_of(started, now) == stage
        }
        reconcile_alerts(kind=kind, found=found)
