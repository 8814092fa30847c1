"""Reads of alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.alerts.models import Alert, ChannelChoice, PushDevice, QuietHours
from wabolt.alerts.registry import AlertKind, Severity, channels, kind_of, kinds
from wabolt.lib.roles import at_least

MOST = 100
"""The largest number of alerts on a page."""
# Every page asks this, and building the statement would take longer than running it.
_UNACKNOWLEDGED = """
SELECT * FROM alerts_alert
 WHERE workspace_id = %s AND resolved_at IS NULL AND acknowledged_at IS NULL ORDER BY id DESC LIMIT %s
"""
_GRAVITY = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as a member reads it. `advice`: what to do. `url`: the page where they can act, "" for none."""

    alert: Alert
    label: str | Promise
    sentence: str
    advice: str
    url: str
    severity: Severity


def open_alerts(workspace: Workspace, role: str) -> list[Shown]:
    """The open alerts that `role` may see, newest first."""
    found = Alert.objects.filter(workspace=workspace, resolved_at=None).select_related("acknowledged_by")
    return _shown(found.order_by("-id")[:MOST], role)


def unacknowledged_alerts(workspace: Workspace, role: str) -> list[Shown]:
    """The open alerts that `role` may see and no member has acknowledged, newest first."""
    return _shown(Alert.objects.raw(_UNACKNOWLEDGED, [workspace.pk, MOST]), role)


def resolved_alerts(workspace: Workspace, role: str) -> list[Shown]:
    """The newest resolved alerts that `role` may see, newest first."""
    found = Alert.objects.filter(workspace=workspace, resolved_at__isnull=False)
    return _shown(found.select_related("acknowledged_by").order_by("-id")[:MOST], role)


def shown(alert: Alert, role: str) -> Shown | None:
    """An alert as a member with `role` reads it; None if the role may not see it or no room registers its kind."""
    kind = kind_of(alert.kind)
    if kind is None or not at_least(role, kind.min_role):
        return None
    subject, data = alert.subject, alert.data
    return Shown(
        alert, kind.label, kind.sentence(subject, data), kind.advice(subject, data), kind.page(subject, data),
        kind.severity,
    )  # fmt: skip


def kinds_for(role: str) -> list[AlertKind]:
    """The kinds that members with `role` hear of: the gravest first, then by label."""
    found = [kind for kind in kinds() if at_least(role, kind.min_role)]
    return sorted(found, key=lambda kind: (_GRAVITY.index(kind.severity), str(kind.label)))


def preferences_of(membership: Membership, wanted: Iterable[AlertKind]) -> dict[str, Any]:
    """The choices of a member as initial values of the form: {kind: channels}, and the quiet hours."""
    chosen = dict(ChannelChoice.objects.filter(membership=membership).values_list("kind", "channels"))
    quiet = QuietHours.objects.filter(membership=membership).first() or QuietHours(membership=membership)
    known = [channel.key for channel in channels()]
    found: dict[str, Any] = {
        kind.key: [key for key in known if key in chosen.get(kind.key, kind.default_channels)] for kind in wanted
    }
    hours = {"quiet_from": quiet.quiet_from, "quiet_until": quiet.quiet_until, "breaks_quiet": quiet.breaks_quiet}
    return {**found, **hours}


def devices_of(user: User) -> list[PushDevice]:
    """The devices that a person's alerts reach, oldest first."""
    return list(PushDevice.objects.filter(user=user, sessions_version=user.sessions_version).order_by("pk"))


def _shown(alerts: Iterable[Alert], role: str) -> list[Shown]:
    return [found for alert in alerts if (found := shown(alert, role)) is not None]
