"""The alerts "backup failed", "backup is old" and "recovery key is not written down"."""

from datetime import timedelta

from wabolt.alerts.services import reconcile_alerts
from wabolt.backups import queries
from wabolt.backups.models import BackupRun
from wabolt.lib import clock

FAILED, OLD, KEY = "backup.failed", "backup.old", "backup.key"
KEY_AFTER = timedelta(days=1)
"""Age of the installation after which an unconfirmed recovery key opens an alert."""


def check_backups() -> None:
    """Opens and resolves the alerts of the first shop, whose owners manage the backups."""
    shop, row = queries.first_shop(), queries.settings_row()
    if shop is None or row is None:
        return
    last = queries.last_ended_run()
    failed = last if last is not None and last.reason and last.reason != "interrupted" else None
    newest = queries.newest_good()
    history = queries.history(row)
    is_key_late = (
        history is not None
        and queries.key_state(row) == "open"
        and bool(row.sealed_key)
        and clock.now() - history.since > KEY_AFTER
    )
    about = (shop.pk, "")
    data = {"at": newest.started_at.isoformat() if newest else ""}
    reconcile_alerts(kind=FAILED, found={about: _facts(failed)} if failed else {})
    reconcile_alerts(kind=OLD, found={about: data} if queries.is_old(row) else {})
    reconcile_alerts(kind=KEY, found={about: {}} if is_key_late else {})


def _facts(run: BackupRun) -> dict[str, object]:
    """Returns the data of the alert about a run that failed, is missing in a place or could not be tested. `is_stored`:
    whether every place has the backup."""
    return {"reason": run.reason, "detail": run.detail, "is_stored": run.is_complete}
