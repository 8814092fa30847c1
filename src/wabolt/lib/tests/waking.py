"""Threads that wait for an event between two turns, and the connections that they keep."""

import threading
from collections.abc import Iterable

from django.db import connection

OTHERS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Wake(threading.Event):
    """The event for which a thread waits between two turns. `is_waited_for`: the thread has begun to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waited_for = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.is_waited_for.set()
        return super().wait(timeout)

    def let_work(self) -> None:
        """Wakes the thread and waits until it waits again."""
        self.is_waited_for.clear()
        self.set()
        assert self.is_waited_for.wait(60)


def others() -> set[int]:
    """The processes of the connections that other threads and processes have to this database."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        return {pid for (pid,) in cursor.fetchall()}


def end_connections(processes: Iterable[int]) -> None:
    """Ends connections as an administrator does, and waits for their end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 60000) FROM unnest(%s) AS pid", [list(processes)])
