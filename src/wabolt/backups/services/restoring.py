"""Backups after a restore."""

import secrets

from django.db import transaction

from wabolt.backups.models import BackupCopy, BackupRun, BackupSettings
from wabolt.lib.restore import Restore, Rows, carry_over


@transaction.atomic
def settle_after_restore(*, restore: Restore) -> None:
    """Carries over the settings and the list of copies from the previous database: a key that was changed since the
    backup stays changed.

    On an empty machine the list is emptied, because it describes files of another machine, and copies go to the folder
    in the home folder. A new mark makes sure that this installation never deletes files of the lost one.
    """
    BackupRun.objects.all().delete()
    if restore.previous is not None:
        BackupSettings.objects.all().delete()
        for table in ("backups_backupsettings", "backups_backuprun", "backups_backupcopy"):
            carry_over(restore, Rows(table, "true"))
    else:
        BackupSettings.objects.update(mark=secrets.token_hex(3), folder="", use_folder=True, requested_at=None)
    BackupCopy.objects.filter(run__state=BackupRun.State.RUNNING).delete()
    BackupSettings.objects.update(holder="")
