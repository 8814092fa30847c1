"""One encrypted file that holds a whole shop, and the way back from it.

Start reading with make.make_backup, restore.verify_backup and restore.restore_backup. `contents` says what is in a
backup and what is not, `keys` what the owner's recovery key is, `rooms` what the rooms do at a restore.
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
