"""Periodic jobs: which of them are due now, by the wall clock.

Procrastinate has periodic tasks of its own. They remember the moments that were queued and never queue an earlier one,
so a wall clock that is set back an hour stops all of them for an hour. Here a job is due when the last moment of its
cron expression differs from the moment that was queued last, in either direction:

- After the clock is set back or forward, each job is queued at most one extra time.
- A worker that was down queues each missed job once when it starts.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from croniter import croniter
from django.db import connection, transaction
from psycopg.errors import LockNotAvailable

from wabolt.lib import clock
from wabolt.lib.advisory import lock_until_commit

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
"""Seconds between two looks at the clock."""
LOCK_WITHIN = 2.0
"""Seconds that a job waits for another transaction that queues the same job."""
_ROW = "wabolt"  # `periodic_id` of the one row per job; Procrastinate's own rows have ""
_CLAIM = """
    WITH moved AS (
        UPDATE procrastinate_periodic_defers SET defer_timestamp = %(moment)s
         WHERE task_name = %(name)s AND periodic_id = %(row)s AND defer_timestamp <> %(moment)s RETURNING 1
    ), added AS (
        INSERT INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        SELECT %(name)s, %(row)s, %(moment)s
         WHERE NOT EXISTS (
            SELECT FROM procrastinate_periodic_defers WHERE task_name = %(name)s AND periodic_id = %(row)s)
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM moved) OR EXISTS (SELECT FROM added)
"""
_FORGET = "DELETE FROM procrastinate_periodic_defers WHERE periodic_id = ''"  # rows of versions before this module


@dataclass
class _Entry:
    """A periodic job. `seen`: its last moment (Unix seconds) when this process last looked."""

    name: str
    cron: croniter
    seen: int | None = None

    def last_moment(self, now: float) -> int:
        self.cron.set_current(now, force=True)
        return int(self.cron.get_prev(float))


class Schedule:
    """The periodic jobs of this installation. `queue(name)` queues one, in the transaction that claims its moment."""

    def __init__(self, queue: Callable[[str], None]) -> None:
        self._queue = queue
        self._entries: list[_Entry] = []

    def add(self, name: str, cron: str) -> None:
        """Adds a job that is due at each moment of `cron` (UTC): five fields, or six with the seconds at the end."""
        self._entries.append(_Entry(name, croniter(cron)))

    def tick(self) -> None:
        """Queues the jobs that are due, each once across all workers and in a transaction of its own.

        A job that another transaction is queueing is due again at the next look. Raises what the database and `queue`
        raise otherwise.
        """
        now = clock.now().timestamp()
        for entry in self._entries:
            if (moment := entry.last_moment(now)) == entry.seen:
                continue
            try:
                self._claim(entry, moment)
            except Exception as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                log.warning("another transaction is queueing %s", entry.name)
            else:
                entry.seen = moment

    @transaction.atomic
    def _claim(self, entry: _Entry, moment: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_WITHIN * 1000:.0f}ms"])
            lock_until_commit(cursor, "jobs.schedule")
            cursor.execute(_CLAIM, {"name": entry.name, "row": _ROW, "moment": moment})
            if cursor.fetchone() == (True,):
                self._queue(entry.name)

    def start(self) -> threading.Event:
        """Starts a thread that calls `tick` every LOOK_EVERY seconds until the returned event is set. No error ends
        the thread."""
        stop = threading.Event()

        def run() -> None:
            is_first = True
            while not stop.wait(LOOK_EVERY):
                try:
                    if is_first:
                        with connection.cursor() as cursor:
                            cursor.execute(_FORGET)
                    is_first = False
                    self.tick()
                except Exception as error:  # noqa: BLE001 -- without this thread no periodic job runs
                    log.warning("the schedule tries again: %s", type(error).__name__)
                    connection.close()
            connection.close()

        threading.Thread(target=run, name="schedule", daemon=True).start()
        return stop
