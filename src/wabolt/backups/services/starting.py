"""Starts backups. The worker checks every minute whether one is due, and runs it in a separate process.

A backup takes minutes and must not occupy a slot of the worker. The process ends with the worker.
"""

import subprocess
import threading

from django.conf import settings
from django.db import transaction

from wabolt.accounts.models import User
from wabolt.accounts.services import record_audit
from wabolt.backups import queries, rules
from wabolt.backups.models import BackupSettings
from wabolt.backups.services.settings import ensure_settings
from wabolt.lib import clock, jobs

_own: threading.Thread | None = None
_seen: tuple[int, int] = (-1, -1)


@transaction.atomic
def request_backup(*, by: User) -> None:
    """Asks for a backup now. It starts within seconds if a worker runs."""
    ensure_settings()
    BackupSettings.objects.filter(pk=1).update(requested_at=clock.now())
    record_audit(workspace=queries.first_shop(), actor=by, action="backup.request")
    jobs.defer("backups.start_if_due", once="backups.start_if_due")


def start_if_due() -> bool:
    """Starts a backup process if a backup is due and none is running. Returns whether it did."""
    global _own
    row = ensure_settings()
    history = queries.history(row)
    if history is None or (_own is not None and _own.is_alive()) or _held_elsewhere(row):
        return False
    if not rules.is_due(history, clock.now(), row.at, queries.zone()):
        return False
    # Linux sends the parent's death signal when the thread that started the child ends, so that thread waits for it.
    _own = threading.Thread(target=_run_process, name="backup", daemon=True)
    _own.start()
    return True


def _run_process() -> None:
    subprocess.run(settings.BACKUP_COMMAND, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 -- ourselves


def _held_elsewhere(row: BackupSettings) -> bool:
    """Whether another process holds the lease and has renewed it since the last call."""
    global _seen
    before, _seen = _seen, (row.token, row.beat)
    return bool(row.holder) and before != _seen
