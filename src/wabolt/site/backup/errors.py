"""The error of this package."""


class BackupError(Exception):
    """A backup cannot be made, read or restored. The text tells the owner why, in one or two sentences."""
