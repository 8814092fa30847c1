"""A backup: one encrypted file that holds everything, and its restore.

Start reading with make.make_backup, restore.verify_backup and restore.restore_backup. `contents` lists what a backup
holds, `keys` explains the owner's recovery key, and `rooms` runs the steps of a restore that need Django.
"""

from wabolt.site.backup.archive import Manifest
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.keys import create_key, parse_key
from wabolt.site.backup.make import make_backup
from wabolt.site.backup.restore import restore_backup, verify_backup

__all__ = [
    "BackupError",
    "Manifest",
    "create_key",
    "make_backup",
    "parse_key",
    "restore_backup",
    "verify_backup",
]
