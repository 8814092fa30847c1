"""What can go wrong with a backup."""


class BackupError(Exception):
    """A backup could not be made, read or restored. The text is one sentence or two for the owner."""
