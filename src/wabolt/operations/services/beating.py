"""The heartbeat of a process: a row that a thread renews, with the counts of the process."""

import itertools
import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import Error, connection

from wabolt import __version__
from wabolt.lib import clock, heartbeat
from wabolt.lib.clock_set import wall_clock_set_back
from wabolt.lib.sql import statement
from wabolt.operations.counts import Stored, counts
from wabolt.operations.services.outages import OUTAGE_AFTER, Outage
from wabolt.operations.services.restarts import check_restarts

log = logging.getLogger(__name__)

BEAT_EVERY = 5.0
"""Seconds between two heartbeats."""
BEATS_A_LOOK = 12
"""Heartbeats between two looks for processes that keep dying."""
LOOP_STUCK_AFTER = 30.0
"""Seconds without a turn of the main loop (`lib.heartbeat`) after which a process sends no more heartbeats."""

_BEAT = statement(__file__, "beat")
_END = "UPDATE operations_process SET ended_at = clock_timestamp() WHERE name = %s"
_FORGET = """
    DELETE FROM operations_process
    WHERE beat_at < clock_timestamp() - interval '30 days' OR ended_at < clock_timestamp() - interval '1 day'
"""


class Heart(threading.Thread):
    """Sends heartbeats until it is stopped. `has_loop`: only while the main loop calls `lib.heartbeat.turned`.

    It also notices that the database was away for `outage_after` seconds, that the wall clock was set back, and that
    another process keeps dying.
    """

    def __init__(
        self, kind: str, *, has_loop: bool = False, every: float = BEAT_EVERY, outage_after: float = OUTAGE_AFTER
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.kind = kind
        self.has_loop = has_loop
        self.every = every
        self.outage = Outage(outage_after)
        self.host = socket.gethostname()[:60]
        self.process = f"{kind}:{self.host}:{os.getpid()}:{secrets.token_hex(3)}"
        self._stop_asked = threading.Event()
        self._has_crashed = False
        self._stored: Stored | None = None

    def run(self) -> None:
        is_first, watch = True, clock.JumpWatch()
        for number in itertools.count(1):
            try:
                if (moved := watch.look()) < timedelta(0):
                    wall_clock_set_back.send(None, by=-moved)
                if self._is_alive():
                    self._beat(forget=is_first)
                    is_first = False
                    self.outage.answered()
                    if number % BEATS_A_LOOK == 0:
                        check_restarts()
            except Error as error:
                log.debug("no heartbeat: %s", type(error).__name__)
                self.outage.failed()
                connection.close()
            if self._stop_asked.wait(self.every):
                break
        if not self._has_crashed:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute(_END, [self.process])
        connection.close()

    def stop(self) -> None:
        """Marks the process as ended in order."""
        self._stop_asked.set()
        self.join(timeout=15)

    def abandon(self) -> None:
        """Ends the thread without marking the end of the process, so that it counts as crashed."""
        self._has_crashed = True
        self.stop()

    def _is_alive(self) -> bool:
        silent = heartbeat.seconds_since_turn()
        return not self.has_loop or (silent is not None and silent < LOOP_STUCK_AFTER)

    def _beat(self, *, forget: bool) -> None:
        current = counts()
        values: dict[str, Any] = {
            "name": self.process,
            "kind": self.kind,
            "host": self.host,
            "version": __version__,
            "counts": None if current == self._stored else json.dumps(current),
        }
        with connection.cursor() as cursor:
            cursor.execute(_BEAT, values)
            if forget:
                cursor.execute(_FORGET)
        self._stored = current


@contextmanager
def beating(kind: str, *, has_loop: bool = False) -> Iterator[None]:
    """Keeps the heartbeat of this process within the block. After an exception the process counts as crashed."""
    heart = start_heart(kind, has_loop=has_loop)
    try:
        yield
    except BaseException:
        heart.abandon()
        raise
    heart.stop()


def start_heart(kind: str, *, has_loop: bool = False) -> Heart:
    """Starts the heartbeat of this process. The caller stops it when the process ends in order."""
    heart = Heart(kind, has_loop=has_loop)
    heart.start()
    return heart
