"""Opening, resolving and acknowledging alerts."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import kind_of
from wabolt.lib import clock

Found = Mapping[tuple[int, str], Mapping[str, Any]]

_OPEN = """
INSERT INTO alerts_alert (workspace_id, kind, subject, data, opened_at)
SELECT w, %(kind)s, s, d::jsonb, %(now)s
FROM unnest(%(workspaces)s::bigint[], %(subjects)s::text[], %(data)s::text[]) AS given (w, s, d)
ON CONFLICT (workspace_id, kind, subject) WHERE resolved_at IS NULL
DO UPDATE SET data = EXCLUDED.data WHERE alerts_alert.data <> EXCLUDED.data
"""

_RESOLVE_OTHERS = """
UPDATE alerts_alert SET resolved_at = %(now)s
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
    """Resolves the open alert of this kind and subject. Returns whether there was one."""
    waiting = Alert.objects.filter(workspace=workspace, kind=kind, subject=subject, resolved_at=None)
    return bool(waiting.update(resolved_at=clock.now()))


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
    """Removes an open alert from the strip for every member. The page "Alerts" lists it until it is resolved."""
    waiting = Alert.objects.filter(pk=alert.pk, resolved_at=None, acknowledged_at=None)
    if waiting.update(acknowledged_at=clock.now(), acknowledged_by=by):
        record_audit(
            workspace=alert.workspace, user=by, action="alert.acknowledge", target_kind="alert", target_id=alert.pk,
            data={"alert": alert.kind},
        )  # fmt: skip


def open_alert_of_installation(*, kind: str, subject: str = "", data: Mapping[str, Any] | None = None) -> None:
    """Opens an alert about the whole installation in every workspace, in the caller's transaction.

    For facts that belong to no shop, such as a full disk. Otherwise like `open_alert`.
    """
    shops = Workspace.objects.values_list("pk", flat=True)
    _insert(kind, {(shop, subject): data or {} for shop in shops})


def resolve_alert_of_installation(*, kind: str, subject: str = "") -> bool:
    """Resolves the open alerts of this kind and subject in all workspaces. Returns whether there was one."""
    waiting = Alert.objects.filter(kind=kind, subject=subject, resolved_at=None)
    return bool(waiting.update(resolved_at=clock.now()))


def _insert(kind: str, found: Found) -> None:
    if kind_of(kind) is None:
        raise LookupError(f"no room has registered the alert kind {kind!r}")
    rows = sorted(found.items())
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "kind": kind,
                "now": clock.now(),
                "workspaces": [workspace for (workspace, _subject), _data in rows],
                "subjects": [subject for (_workspace, subject), _data in rows],
                "data": [json.dumps(dict(data)) for _key, data in rows],
            },
        )
