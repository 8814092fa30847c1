"""Bounds the memory that the bodies of requests and responses take in one web process.

Each body is small enough for memory, but thousands of slow clients would keep one each. A body that exceeds the budget
goes to a temporary file at once, so many slow clients cost disk space and not memory.
"""

from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any

TOTAL = 48 * 1024 * 1024  # bytes of bodies that one web process keeps in memory


class Budget:
    """Counts the bytes that are in use, over all threads."""

    def __init__(self, total: int = TOTAL) -> None:
        self._free = total
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Reserves `size` bytes. Returns False and reserves nothing if fewer are free."""
        with self._lock:
            if size > self._free:
                return False
            self._free -= size
            return True

    def give(self, size: int) -> None:
        """Returns `size` reserved bytes."""
        with self._lock:
            self._free += size


class Spool(SpooledTemporaryFile[bytes]):
    """A temporary file that stays in memory up to `in_memory` bytes, and only while `budget` has room for it."""

    def __init__(self, budget: Budget, in_memory: int) -> None:
        super().__init__(max_size=in_memory)
        self._budget = budget
        self._reserved = 0
        self._is_in_memory = True

    def write(self, piece: Any) -> int:
        """Writes bytes. Raises OSError if they have to go to the disk and it is full."""
        if self._is_in_memory:
            if self._budget.take(len(piece)):
                self._reserved += len(piece)
            else:
                self.rollover()
        return super().write(piece)

    def rollover(self) -> None:
        """Moves the content to the disk."""
        super().rollover()
        self._leave_memory()

    def close(self) -> None:
        """Discards the content."""
        super().close()
        self._leave_memory()

    def _leave_memory(self) -> None:
        self._is_in_memory = False
        self._budget.give(self._reserved)
        self._reserved = 0
