"""The alerts "backup failed" and "backup is old"."""

from datetime import timedelta

from wabolt.alerts.services import reconcile_alerts
from wabolt.backups import queries, rules
from wabolt.backups.models import BackupRun
from wabolt.lib import clock

FAILED, OLD, KEY = "backup.failed", "backup.old", "backup.key"
KEY_AFTER = timedelta(days=1)


def check_backups() -> None:
    """Opens and resolves the alerts of the first shop, whose owners manage the backups. Each good backup resolves
    both."""
    shop, row = queries.first_shop(), queries.settings_row()
    if shop is None or row is None:
        return
    now = clock.now()
    last = BackupRun.objects.exclude(state=BackupRun.State.RUNNING).order_by("-pk").first()
    failed = last if last is not None and last.reason and last.reason != "interrupted" else None
    newest = queries.newest_good()
    since = max(shop.created_at, row.created_at)
    is_old = rules.is_old(newest.started_at if newest else None, since, now)
    is_open = bool(row.sealed_key) and row.key_confirmed_at is None and now - since > KEY_AFTER
    about = (shop.pk, "")
    data = {"at": newest.started_at.isoformat() if newest else ""}
    reconcile_alerts(
        kind=FAILED, found={about: {"reason": failed.reason, "detail": failed.detail}} if failed else {}
    )
    reconcile_alerts(kind=OLD, found={about: data} if is_old else {})
    reconcile_alerts(kind=KEY, found={about: {}} if is_open and not queries.recipients_of_environment() else {})
