"""The error of a place."""

import errno

_CODES = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "file_too_big",
    errno.EROFS: "folder_denied",
    errno.EACCES: "folder_denied",
    errno.EPERM: "folder_denied",
    errno.ENOENT: "folder_gone",
    errno.ENOTDIR: "folder_gone",
    errno.EIO: "disk_broken",
    errno.ENODEV: "folder_gone",
}


class PlaceError(Exception):
    """A copy cannot be written, read or deleted.

    `code`: a key of `wabolt.backups.words.REASONS`. `detail`: a path, a bucket or the short code of the server.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail[:300]

    @classmethod
    def of(cls, error: OSError, detail: str = "") -> "PlaceError":
        """Returns the error of a folder for an error of the operating system."""
        return cls(_CODES.get(error.errno or 0, "disk_error"), detail or str(error.filename or error.strerror or error))
