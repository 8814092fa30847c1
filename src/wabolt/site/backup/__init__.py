"""One file that holds a whole shop, and the way back from it."""

from wabolt.site.backup.archive import BackupError, Manifest
from wabolt.site.backup.make import make_backup
from wabolt.site.backup.restore import restore_backup

__all__ = ["BackupError", "Manifest", "make_backup", "restore_backup"]
