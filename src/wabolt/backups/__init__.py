"""Backups that happen: when one is due, where its copies go, which copies are deleted, and the page "Backup".

Owns the models `BackupSettings` (one row for the installation), `BackupRun` and `BackupCopy`. Registers the page
"Backup" under "Settings", the alerts "backup failed" and "backup is old", and audit actions. Making, checking and
restoring the file itself is `wabolt.site.backup`, which runs in its own process (`settings.BACKUP_COMMAND`). Start
reading in `rules.py`, then `services/runs.py` and `places/`.
"""
