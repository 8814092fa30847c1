"""Opening, resolving and acknowledging alerts."""

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts import rules
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import kind_of, kinds
from wabolt.lib import clock, jobs
from wabolt.lib.sql import statement

Found = Mapping[tuple[int, str], Mapping[str, Any]]
KEPT = timedelta(days=90)
"""Time for which a resolved alert and its deliveries are kept."""

_OPEN = statement(__file__, "open")
_RESOLVE_OTHERS = """
UPDATE alerts_alert SET resolved_at = %(now)s, announce_at = NULL
WHERE kind = %(kind)s AND resolved_at IS NULL
  AND (workspace_id, subject) NOT IN (SELECT * FROM unnest(%(workspaces)s::bigint[], %(subjects)s::text[]))
"""


def open_alert(*, workspace: Workspace, kind: str, subject: str = "", data: Mapping[str, Any] | None = None) -> None:
    """Opens an alert, in the caller's transaction.

    There is one open alert for each kind and subject. A second call replaces its data and keeps its time and its
    acknowledgement. Raises LookupError for an unregistered kind.
    """
    _insert(kind, {(workspace.pk, subject): data or {}})


def resolve_alert(*, workspace: Workspace, kind: str, subject: str = "") -> bool:
    """Resolves the open alert of this kind and subject, in the caller's transaction. Returns whether there was one."""
    return _resolve(Q(workspace=workspace, kind=kind, subject=subject))


def resolve_alerts(*, workspace: Workspace, kind: str, subjects: Collection[str]) -> bool:
    """As `resolve_alert`, for many subjects."""
    return _resolve(Q(workspace=workspace, kind=kind, subject__in=subjects))


def open_alert_of_installation(*, kind: str, subject: str = "", data: Mapping[str, Any] | None = None) -> None:
    """Opens an alert about the whole installation in every workspace, in the caller's transaction.

    For facts that belong to no shop, such as a full disk. Otherwise like `open_alert`.
    """
    shops = Workspace.objects.values_list("pk", flat=True)
    _insert(kind, {(shop, subject): data or {} for shop in shops})


def resolve_alert_of_installation(*, kind: str, subject: str = "") -> bool:
    """Resolves the open alerts of this kind and subject in all workspaces. Returns whether there was one."""
    return _resolve(Q(kind=kind, subject=subject))


@transaction.atomic
def reconcile_alerts(*, kind: str, found: Found) -> None:
    """Makes the open alerts of `kind` in all workspaces equal to `found`: {(workspace id, subject): data}.

    For periodic checks: missing alerts are opened, others are resolved.
    """
    _insert(kind, found)
    keys = list(found)
    with connection.cursor() as cursor:
        cursor.execute(
            _RESOLVE_OTHERS,
            {
                "kind": kind,
                "now": clock.now(),
                "workspaces": [workspace for workspace, _subject in keys],
                "subjects": [subject for _workspace, subject in keys],
            },
        )


@transaction.atomic
def acknowledge_alert(*, alert: Alert, by: User) -> None:
    """Removes an open alert from the strip for every member and ends its announcements.

    The page "Alerts" lists it until it is resolved. An event without a condition is resolved by this.
    """
    kind = kind_of(alert.kind)
    once = kind is not None and kind.ends_after is not None
    stored = Alert.objects.select_for_update().get(pk=alert.pk)
    before = announcements_of(stored)
    after = rules.acknowledged(before, clock.now(), once=once)
    if after == before:
        return
    _store(stored, after)
    stored.acknowledged_by = by
    stored.save()
    record_audit(
        workspace=alert.workspace,
        actor=by,
        action="alert.acknowledge",
        target=("alert", alert.pk),
        data={"alert": alert.kind},
    )


@transaction.atomic
def resolve_ended() -> int:
    """Resolves the alerts about events whose time is over (`AlertKind.ends_after`). Returns how many."""
    now, over = clock.now(), Q(pk__in=[])
    for kind in kinds():
        if kind.ends_after is not None:
            over |= Q(kind=kind.key, opened_at__lt=now - kind.ends_after)
    return Alert.objects.filter(over, resolved_at=None).update(resolved_at=now, announce_at=None)


def purge_resolved() -> int:
    """Deletes alerts that were resolved longer ago than KEPT, with their deliveries. Returns how many alerts."""
    _total, counts = Alert.objects.filter(resolved_at__lt=clock.now() - KEPT).delete()
    return counts.get("alerts.Alert", 0)


def announcements_of(alert: Alert) -> rules.Announcements:
    """The announcements of a stored alert."""
    return rules.Announcements(
        announce_at=alert.announce_at,
        announced=alert.announced,
        announced_at=alert.announced_at,
        acknowledged_at=alert.acknowledged_at,
        resolved_at=alert.resolved_at,
    )


def _store(alert: Alert, state: rules.Announcements) -> None:
    alert.announce_at, alert.resolved_at = state.announce_at, state.resolved_at
    alert.acknowledged_at = state.acknowledged_at


def _resolve(which: Q) -> bool:
    return bool(Alert.objects.filter(which, resolved_at=None).update(resolved_at=clock.now(), announce_at=None))


def _insert(kind: str, alerts: Found) -> None:
    registered = kind_of(kind)
    if registered is None:
        raise LookupError(f"no room has registered the alert kind {kind!r}")
    if not alerts:
        return
    rows = sorted(alerts.items())
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "kind": kind,
                "now": clock.now(),
                "grace": registered.grace.total_seconds(),
                "cooldown": rules.COOLDOWN.total_seconds(),
                "workspaces": [workspace for (workspace, _subject), _data in rows],
                "subjects": [subject for (_workspace, subject), _data in rows],
                "data": [json.dumps(dict(data)) for _key, data in rows],
            },
        )
        is_new = any(new for (new,) in cursor.fetchall())
    if is_new:
        # After the commit: transactions that open alerts must not wait for each other at the job's queueing lock. If a
        # crash loses the job, the periodic job announces the alert within a minute.
        transaction.on_commit(announce_soon)


def announce_soon() -> None:
    """Queues the job that announces due alerts, unless it waits already."""
    jobs.defer("alerts.announce", once="alerts.announce")
