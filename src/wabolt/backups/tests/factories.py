"""Objects for tests of backups."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.backups.models import BackupCopy, BackupRun
from wabolt.backups.rules import file_name
from wabolt.backups.services import ensure_settings
from wabolt.lib import clock


def make_run(at: datetime | None = None, **values: Any) -> BackupRun:
    """A finished run; good with a copy in the folder unless `values` say otherwise."""
    at = at or clock.now()
    row = ensure_settings()
    given = {"state": "good", "is_complete": True, "size": 1000, "contacts": 3, **values}
    name = file_name(row.mark, at)
    run = BackupRun.objects.create(name=name, token=1, started_at=at, ended_at=at, made_at=at, **given)
    if run.state in {"good", "untested"}:
        BackupCopy.objects.create(run=run, place="folder", where=f"/cadangan/{name}", is_good=True, same_disk=True)
    return run


def _copy(_workspace: Workspace) -> Mapping[str, Any]:
    return {"copy_id": make_run().copies.get().pk}


ISOLATION = {"download": _copy, "test": _copy}
