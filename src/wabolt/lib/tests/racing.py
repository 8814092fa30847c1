"""Work in another thread with a connection of its own, up to a lock that the test holds."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection


class Racer(threading.Thread):
    """A thread that keeps the error of its work."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work = work
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - raised by `finish`
            self.error = error
        finally:
            connection.close()


def started(work: Callable[[], Any]) -> Racer:
    """Starts the work. The test calls `finish` with the returned thread."""
    racer = Racer(work)
    racer.start()
    return racer


def finish(racer: Racer) -> None:
    """Waits for the end of the work, and raises its error."""
    racer.join(20)
    assert not racer.is_alive()
    if racer.error is not None:
        raise racer.error


def until_one_waits_for_a_lock() -> None:
    """Returns when a statement on the test database waits for a lock."""
    until_waiting(1)


def until_waiting(count: int, or_over: Racer | None = None) -> None:
    """Returns when so many statements on the test database wait for a lock, or when the work of a thread is over."""
    end = time.monotonic() + 60
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction, each answer would be the first
            cursor.execute(query)
            if cursor.fetchone()[0] >= count or (or_over is not None and not or_over.is_alive()):
                return
        time.sleep(0.01)
    raise AssertionError(f"fewer than {count} wait")
