"""A backup: one encrypted file that holds everything, and its restore.

Start reading with make.make_backup, restore.verify_backup and restore.restore_backup. `contents` lists what a backup
holds, `scheduled` is the process of the daily backup, `check` restores a backup into a scratch database, and `rooms`
runs the steps of a restore that need Django. Settings, places and the page are the room `wabolt.backups`.
"""

from wabolt.site.backup.archive import Manifest
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.keys import parse_key
from wabolt.site.backup.make import make_backup
from wabolt.site.backup.restore import Verified, finish_restore, restore_backup, verify_backup

__all__ = [
    "BackupError",
    "Manifest",
    "Verified",
    "finish_restore",
    "make_backup",
    "parse_key",
    "restore_backup",
    "verify_backup",
]
