"""Backups after a restore."""

import secrets

from django.db import transaction

from wabolt.backups.models import BackupCopy, BackupRun, BackupSettings
from wabolt.lib.restore import Restore, Rows, carry_over


@transaction.atomic
def settle_after_restore(*, restore: Restore) -> None:
    """Copies the settings and the list of copies from the previous database, so that a key that was changed since the
    backup stays in use.

    On an empty machine the list is emptied, because it describes files of another machine, and the folder for copies
    becomes the one in the home folder. A new mark prevents this installation from deleting files of the lost one.
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
