"""The process behind `wabolt consumer`: takes free consumers under a lease and works each in a thread."""

import logging
import signal
import threading
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from wabolt.contacts.registry import EventConsumer, consumers
from wabolt.contacts.services.consumers import ConsumerWorker, consumer_leases, ensure_consumers
from wabolt.contacts.services.event_log import rebase_event_log
from wabolt.lib import heartbeat
from wabolt.lib.lease import Lease, LeaseLostError, Leases, limit_frozen_transactions
from wabolt.lib.sql import statement

log = logging.getLogger(__name__)

LOOK_EVERY = 0.25
"""Seconds between two looks for unread events."""
KEEP_CONNECTION = 30.0
"""Seconds without unread events before a consumer closes its connection. A new one costs the database as much as many
batches: it reads the descriptions of all tables again."""
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 30.0
"""Seconds before a consumer that failed is tried again; doubles each time."""

_WAITING = statement(__file__, "consumers_with_work")


class ConsumerThread(threading.Thread):
    """Works one consumer until it is told to stop or loses its lease. `knock` wakes it."""

    def __init__(self, consumer: EventConsumer, leases: Leases, lease: Lease) -> None:
        super().__init__(name=f"consumer-{consumer.name}", daemon=True)
        self.consumer = consumer
        self.leases = leases
        self.lease = lease
        self.knock = threading.Event()
        self.knock.set()
        self.stopping = False

    def stop(self) -> None:
        """Lets the batch under way finish, then ends."""
        self.stopping = True
        self.knock.set()

    def run(self) -> None:
        backoff, worker = FIRST_BACKOFF, None
        try:
            while not self.stopping:
                try:
                    worker = worker or ConsumerWorker(self.consumer, self.leases, self.lease)
                    self.knock.clear()
                    close_old_connections()  # one that was ended is replaced
                    while not self.stopping and worker.turn():
                        pass
                    backoff = FIRST_BACKOFF
                    if not self.knock.wait(KEEP_CONNECTION):
                        connection.close()
                        self.knock.wait()
                except LeaseLostError:
                    raise
                except Exception:
                    log.exception("consumer %s failed; trying again in %s s", self.consumer.name, backoff)
                    connection.close()
                    self._pause(backoff)
                    backoff = min(backoff * 2, LONGEST_BACKOFF)
            with suppress(Error), connection.cursor() as cursor:
                self.leases.release(cursor, self.lease)
        except LeaseLostError:
            log.warning("consumer %s: another process took it over", self.consumer.name)
        finally:
            connection.close()

    def _pause(self, seconds: float) -> None:
        pause = threading.Event()
        waited = 0.0
        while not self.stopping and waited < seconds:
            pause.wait(LOOK_EVERY)
            waited += LOOK_EVERY


class ConsumerProcess:
    """The consumers of this process."""

    def __init__(self) -> None:
        self.leases = consumer_leases()
        self.threads: dict[str, ConsumerThread] = {}
        self._renewed = 0.0

    def tend(self) -> None:
        """Renews the leases, takes free consumers, and wakes those with unread events."""
        registered = consumers()
        self.threads = {name: thread for name, thread in self.threads.items() if thread.is_alive()}
        with connection.cursor() as cursor:
            if self.leases.clock() - self._renewed >= self.leases.seconds() / 3:
                self._renewed = self.leases.clock()
                self.leases.renew(cursor, [thread.lease for thread in self.threads.values()])
            for lease in self.leases.acquire(cursor, [name for name in registered if name not in self.threads]):
                name = str(lease.key)
                log.info("consumer %s: taken under token %s", name, lease.token)
                self.threads[name] = ConsumerThread(registered[name], self.leases, lease)
                self.threads[name].start()
            cursor.execute(_WAITING, {"names": list(self.threads)})
            for (name,) in cursor.fetchall():
                self.threads[name].knock.set()

    def close(self) -> None:
        """Lets every consumer finish its batch and releases the leases."""
        for thread in self.threads.values():
            thread.stop()
        for thread in self.threads.values():
            thread.join(timeout=10)


def _limit_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    with connection.cursor() as cursor:
        limit_frozen_transactions(cursor, settings.CONSUMER_LEASE_SECONDS)


def run_consumers(*, stop: threading.Event | None = None) -> None:
    """Works the registered consumers until `stop` is set or the process gets SIGTERM or SIGINT."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    connection.close()  # one opened earlier has no limit for frozen transactions
    connection_created.connect(_limit_transactions, dispatch_uid="contacts.consumers")
    process, is_ready = ConsumerProcess(), False
    try:
        while not stop.is_set():
            try:
                if not is_ready:
                    rebase_event_log()
                    ensure_consumers()
                    is_ready = True
                process.tend()
                heartbeat.turned()
            except Error:
                log.exception("the database did not answer; trying again")
                connection.close()
            stop.wait(LOOK_EVERY)
    finally:
        process.close()
        connection_created.disconnect(dispatch_uid="contacts.consumers")
        connection.close()
