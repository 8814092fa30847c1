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


def open_alerts(workspace: Workspace, role: str, user: User | None = None) -> list[Shown]:
    """The open alerts that `role` may see, newest first. `user`: also those for this person alone."""
    found = Alert.objects.filter(workspace=workspace, resolved_at=None).select_related("acknowledged_by")
    return _shown(found.order_by("-id")[:MOST], role, user)


def unacknowledged_alerts(workspace: Workspace, role: str, user: User | None = None) -> list[Shown]:
    """The open alerts that no member has acknowledged, as `open_alerts`."""
    return _shown(Alert.objects.raw(_UNACKNOWLEDGED, [workspace.pk, MOST]), role, user)


def resolved_alerts(workspace: Workspace, role: str, user: User | None = None) -> list[Shown]:
    """The newest resolved alerts, as `open_alerts`."""
    found = Alert.objects.filter(workspace=workspace, resolved_at__isnull=False)
    return _shown(found.select_related("acknowledged_by").order_by("-id")[:MOST], role, user)


def shown(alert: Alert, role: str, user: User | None = None) -> Shown | None:
    """An alert as a member with `role` reads it; None if they may not see it or no room registers its kind."""
    kind = kind_of(alert.kind)
    subject, data = alert.subject, alert.data
    if kind is None or not kind.concerns(role, user.pk if user else None, subject, data):
        return None
    return Shown(
        alert, kind.label, kind.sentence(subject, data), kind.advice(subject, data), kind.page(subject, data),
        kind.severity,
    )  # fmt: skip


def may_see(alert: Alert, role: str, user: User) -> bool:
    """Whether a member with `role` may see the alert. All members see an alert whose kind
    no room registers any more."""
    kind = kind_of(alert.kind)
    return kind is None or kind.concerns(role, user.pk, alert.subject, alert.data)


def kinds_for(role: str) -> list[AlertKind]:
    """The kinds of alert that members with `role` get: the gravest first, then by label."""
    found = [kind for kind in kinds() if at_least(role, kind.min_role)]
    return sorted(found, key=lambda kind: (_GRAVITY.index(kind.severity), str(kind.label)))


def preferences_of(membership: Membership, shown_kinds: Iterable[AlertKind]) -> dict[str, Any]:
    """The choices of a member as initial values of the form: {kind: channels}, the quiet hours, and the kinds that come
    in them too (`waking`)."""
    shown_kinds = list(shown_kinds)
    chosen = dict(ChannelChoice.objects.filter(membership=membership).values_list("kind", "channels"))
    quiet = QuietHours.objects.filter(membership=membership).first() or QuietHours(membership=membership)
    known = [channel.key for channel in channels()]
    chosen_channels: dict[str, Any] = {
        kind.key: [key for key in known if key in chosen.get(kind.key, kind.default_channels)] for kind in shown_kinds
    }
    waking = [kind.key for kind in shown_kinds if quiet.lets_through(kind.key, kind.severity)]
    return {**chosen_channels, "quiet_from": quiet.quiet_from, "quiet_until": quiet.quiet_until, "waking": waking}


def devices_of(user: User) -> list[PushDevice]:
    """The devices that a person's alerts reach, oldest first."""
    return list(PushDevice.objects.filter(user=user, sessions_version=user.sessions_version).order_by("pk"))


def _shown(alerts: Iterable[Alert], role: str, user: User | None) -> list[Shown]:
    return [found for alert in alerts if (found := shown(alert, role, user)) is not None]
