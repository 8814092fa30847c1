"""The lease and the progress of a running backup. A thread renews the lease and stores the progress every 3 seconds."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from django.db import Error, connection

from wabolt.lib.lease import Lease, Leases

if TYPE_CHECKING:
    from wabolt.backups.models import BackupRun

LEASE_SECONDS = 12.0
RENEW_EVERY = 3.0  # seconds
log = logging.getLogger("wabolt.backups")


class Heartbeat:
    """The lease that this process holds. Another process that takes it over makes this one end by SIGTERM."""

    def __init__(self, leases: Leases, lease: Lease) -> None:
        self.leases = leases
        self.lease = lease
        self.run: BackupRun | None = None
        self._progress = ("writing", 0, 0)
        self._noted = self._progress
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="backup-lease", daemon=True)

    def note(self, step: str, done: int, total: int | None = None) -> None:
        """Notes the progress; `total` None keeps the previous one."""
        self._progress = (step, done, self._progress[2] if total is None else total)

    def fence(self) -> None:
        """Raises LeaseLostError if another process has the lease. In a transaction it also locks the row."""
        with connection.cursor() as cursor:
            self.leases.fence(cursor, self.lease)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and frees the lease."""
        self._stop.set()
        self._thread.join()
        with suppress(Error), connection.cursor() as cursor:
            self.leases.release(cursor, self.lease)

    def _beat(self) -> None:
        from wabolt.backups import services

        while not self._stop.wait(RENEW_EVERY):
            try:
                with connection.cursor() as cursor:
                    lost = self.leases.renew(cursor, [self.lease])
                if self.run is not None and self._progress != self._noted:
                    step, done, total = self._noted = self._progress
                    services.note_progress(run=self.run, step=step, done=done, total=total)
            except Error:
                connection.close()
                lost = [] if self.lease.held else [self.lease]
            if lost:
                log.warning("another process has taken over the backup")
                os.kill(os.getpid(), signal.SIGTERM)
                break
        connection.close()


@contextmanager
def leased() -> Iterator[Heartbeat | None]:
    """Holds the lease of backups within the block. Yields None if another process holds it.

    The lease of a killed process is taken over when it has been silent for its duration.
    """
    from wabolt.backups.models import BackupSettings

    leases = Leases(BackupSettings._meta.db_table, "id", seconds=lambda: LEASE_SECONDS)
    deadline = time.monotonic() + LEASE_SECONDS + RENEW_EVERY
    found: list[Lease] = []
    while not found:
        with connection.cursor() as cursor:
            found = leases.acquire(cursor, [1])
        if not found:
            if time.monotonic() > deadline:
                yield None
                return
            time.sleep(1)
    heartbeat = Heartbeat(leases, found[0])
    heartbeat.start()
    try:
        yield heartbeat
    finally:
        heartbeat.stop()
