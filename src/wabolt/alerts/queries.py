"""Reads of alerts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import Severity, kind_of
from wabolt.lib.roles import at_least

MOST = 100
"""The largest number of alerts on a page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as a member reads it. `url`: the page where they can act, "" for none."""

    alert: Alert
    label: str | Promise
    sentence: str
    url: str
    severity: Severity


def open_alerts(workspace: Workspace, role: str) -> list[Shown]:
    """The open alerts that `role` may see, newest first."""
    return _shown(Alert.objects.filter(workspace=workspace, resolved_at=None).order_by("-id")[:MOST], role)


def resolved_alerts(workspace: Workspace, role: str) -> list[Shown]:
    """The newest resolved alerts that `role` may see, newest first."""
    found = Alert.objects.filter(workspace=workspace, resolved_at__isnull=False)
    return _shown(found.select_related("acknowledged_by").order_by("-id")[:MOST], role)


def _shown(alerts: Iterable[Alert], role: str) -> list[Shown]:
    found = []
    for alert in alerts:
        kind = kind_of(alert.kind)
        if kind is not None and at_least(role, kind.min_role):
            found.append(
                Shown(
                    alert,
                    kind.label,
                    kind.sentence(alert.subject, alert.data),
                    kind.page(alert.subject, alert.data),
                    kind.severity,
                )
            )
    return found
