"""Full disks: the free space that WABolt needs, and whether an error means that a disk is full."""

import errno
from collections.abc import Iterator

MIN_FREE = 50_000_000
"""Bytes of free disk below which WABolt cannot work; PostgreSQL soon stops."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_DISK_FULL = "53100"  # PostgreSQL's disk_full: its data or temporary files found no room


def is_disk_full(error: BaseException | None) -> bool:
    """Returns whether `error` or one of its causes means that a disk is full: this machine's, or PostgreSQL's."""
    return any(_is_full(cause) for cause in causes(error))


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return getattr(error, "sqlstate", None) == _DISK_FULL


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yields `error` and what caused it, each error once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
