"""Scheduled backups: when one is due, where its copies go, which copies are kept, and the page "Backup".

Owns the models `BackupSettings` (one row for the installation), `BackupRun` and `BackupCopy`. Registers the page
"Backup" under "Settings", the alerts "backup failed", "backup is old" and "recovery key is not written down", and audit
actions. `wabolt.site.backup` makes, checks and restores the file, in its own process (`settings.BACKUP_COMMAND`). Start
reading in `rules.py`, then `services/runs.py` and `places/`.
"""
