"""Alerts for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.alerts import registry
from wabolt.alerts.models import Alert

KIND = "test.battery"


@contextmanager
def registered(*kinds: registry.AlertKind) -> Iterator[None]:
    """Registers `kinds` within the block only."""
    before = dict(registry._kinds)
    registry.register(*kinds)
    try:
        yield
    finally:
        registry._kinds.clear()
        registry._kinds.update(before)


def battery(**fields: Any) -> registry.AlertKind:
    """A kind whose sentence shows its subject and the fact "percent"."""
    return registry.AlertKind(
        KIND, "Battery", lambda subject, data: f"{subject}: {data.get('percent', '?')} percent left", **fields
    )


def make_alert(workspace: Workspace, kind: str = KIND, subject: str = "phone", **fields: Any) -> Alert:
    return Alert.objects.create(workspace=workspace, kind=kind, subject=subject, **fields)


def _acknowledge(workspace: Workspace) -> Mapping[str, Any]:
    return {"alert_id": make_alert(workspace).pk}


ISOLATION = {"acknowledge": _acknowledge}
