"""The main loop of the gateway: takes free lanes, renews leases, listens for wake-ups and shuts down cleanly."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg
from django.db import Error, close_old_connections, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from wabolt.channels.models import Channel
from wabolt.channels.queries import working_channels
from wabolt.channels.registry import LANE_TOPIC, get_provider
from wabolt.lib import clock, heartbeat
from wabolt.lib.lease import Lease, LeaseLostError, limit_frozen_transactions
from wabolt.messaging.gateway.background import BackgroundWork
from wabolt.messaging.gateway.connections import close_connection
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes, seconds
from wabolt.messaging.gateway.typing_indicator import TypingIndicator
from wabolt.messaging.gateway.work import LaneWorker
from wabolt.messaging.inbound.services.receipts import match_waiting_receipts

log = logging.getLogger(__name__)

SHORTEST_WAIT = 0.05
LONGEST_WAIT = 0.5
"""Longest pause of an idle lane between two polls, in seconds."""
FEW_LANES = 8
"""Up to so many lanes of a gateway keep their connections between two polls. With more, a small server has too few for
all. A new connection costs the database more than the poll: it reads the descriptions of the tables again."""
REST_AFTER_FAILURE = 5.0
"""Seconds before a failed lane is tried again."""
SWEEP_EVERY = 5.0
"""Seconds between two searches for receipts that came before their message."""


class LaneThread(threading.Thread):
    """Works one lane until it is stopped or loses its lease. `is_one_of_few`: see FEW_LANES."""

    def __init__(
        self, channel: Channel, lease: Lease, leases: LaneLeases, is_one_of_few: Callable[[], bool] = lambda: True
    ) -> None:
        super().__init__(name=f"lane-{channel.pk}", daemon=True)
        self.is_one_of_few = is_one_of_few
        self.channel = channel
        self.lease = lease
        self.leases = leases
        self.wake = threading.Event()
        self.stopping = False
        self.failed = False

    def stop(self) -> None:
        """Stops after the batch in progress."""
        self.stopping = True
        self.wake.set()

    def run(self) -> None:
        try:
            provider = get_provider(self.channel)
        except Exception:  # a provider that this version does not know or cannot load
            self.failed = True
            log.exception("channel %s: the lane cannot start", self.channel.pk)
            with suppress(Error):
                self.leases.release(self.lease)
            connection.close()
            return
        writer = ThreadPoolExecutor(1, f"lane-{self.channel.pk}-writer")
        typing = TypingIndicator(self.channel, provider) if provider.capabilities.can_type else None
        worker = LaneWorker(self.channel, self.lease, provider, writer, typing)
        background = BackgroundWork(self.channel, provider, lambda: self.lease.held, self.is_one_of_few)
        try:
            provider.connect()
            self._work(worker, writer, background)
        except LeaseLostError:
            log.warning("channel %s: the lane is no longer ours", self.channel.pk)
        except Exception:  # this lane is freed and taken again; the other lanes go on
            self.failed = True
            log.exception("channel %s: the lane broke off", self.channel.pk)
        finally:
            background.stop()
            with suppress(Exception):
                worker.wait_for_commit()
            with suppress(Exception):
                provider.close()
            with suppress(Error):
                self.leases.release(self.lease)
            background.join()
            writer.submit(close_connection)
            writer.shutdown()
            connection.close()

    def _work(self, worker: LaneWorker, writer: ThreadPoolExecutor, background: BackgroundWork) -> None:
        wait, swept = SHORTEST_WAIT, time.monotonic()
        while not self.stopping and self.lease.held:
            self.wake.clear()
            turn = worker.turn()
            if time.monotonic() - swept > SWEEP_EVERY:
                match_waiting_receipts(channel=self.channel)
                swept = time.monotonic()
                background.nudge()
            elif turn.collected:
                background.nudge()
            if turn.busy:
                wait = SHORTEST_WAIT
                if turn.poll_at is None:
                    continue
            else:
                wait = min(LONGEST_WAIT, wait * 2)
            pause = wait
            if turn.poll_at is not None:
                pause = min(pause, max(0.0, (turn.poll_at - clock.now()).total_seconds()))
            if pause >= LONGEST_WAIT:
                writer.submit(close_connection)
                if not self.is_one_of_few():
                    connection.close()
            close_old_connections()  # one that was ended is replaced
            if self.wake.wait(pause):
                worker.poll_now()
                background.nudge()


class Listener(threading.Thread):
    """Listens for the notifications of `wake_lane`. Without it lanes are still polled, only later."""

    def __init__(self, lanes: dict[int, LaneThread]) -> None:
        super().__init__(name="lane-listener", daemon=True)
        self.lanes = lanes
        self.stopping = False

    def run(self) -> None:
        while not self.stopping:
            try:
                self._listen()
            except (psycopg.Error, Error):
                time.sleep(1)

    def _listen(self) -> None:
        settings = {k: v for k, v in connection.get_connection_params().items() if k != "pool"}
        with psycopg.connect(**settings, autocommit=True) as listening:
            listening.execute(f"LISTEN {LANE_TOPIC}")
            while not self.stopping:
                for notice in listening.notifies(timeout=0.5):
                    lane = self.lanes.get(int(notice.payload)) if notice.payload.isdecimal() else None
                    if lane is not None:
                        lane.wake.set()


class Gateway:
    """The lanes that this process holds."""

    def __init__(self) -> None:
        self.leases = LaneLeases()
        self.lanes: dict[int, LaneThread] = {}
        self._rests: dict[int, float] = {}

    def maintain(self) -> None:
        """Renews leases, removes threads that ended and takes free lanes."""
        for pk, lane in list(self.lanes.items()):
            if not lane.is_alive():
                del self.lanes[pk]
                if lane.failed:
                    self._rests[pk] = time.monotonic() + REST_AFTER_FAILURE
        if self.lanes:
            self.leases.renew([lane.lease for lane in self.lanes.values()])
        channels = {channel.pk: channel for channel in working_channels()}
        for pk, lane in self.lanes.items():
            channel = channels.get(pk)
            # A provider is built from the options of its channel: with other options it has to be built again.
            if channel is None or (channel.provider, channel.options) != (lane.channel.provider, lane.channel.options):
                lane.stop()
        resting = {pk for pk, until in self._rests.items() if until > time.monotonic()}
        free = channels.keys() - self.lanes.keys() - resting
        if not free:
            return
        ensure_lanes(free)
        for lease in self.leases.acquire(free):
            log.info("channel %s: lane taken under token %s", lease.key, lease.token)
            lane = LaneThread(channels[int(lease.key)], lease, self.leases, lambda: len(self.lanes) <= FEW_LANES)
            self.lanes[int(lease.key)] = lane
            lane.start()

    def close(self) -> None:
        """Stops every lane after its batch and frees it."""
        for lane in self.lanes.values():
            lane.stop()
        for lane in self.lanes.values():
            lane.join(timeout=30)


def let_go_when_frozen(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Makes the database end a transaction that is idle for longer than a lease. A gateway that froze inside a
    transaction would otherwise keep the lock of its lane, and no other gateway could take the lane."""
    with connection.cursor() as cursor:
        limit_frozen_transactions(cursor, seconds())


def run(*, stop: threading.Event | None = None) -> None:
    """Works lanes until `stop` is set or the process gets SIGTERM or SIGINT; then finishes its batches and frees its
    lanes."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    connection.close()  # an open connection would not have the setting
    connection_created.connect(let_go_when_frozen, dispatch_uid="messaging.gateway")
    gateway = Gateway()
    listener = Listener(gateway.lanes)
    listener.start()
    try:
        while not stop.is_set():
            try:
                close_old_connections()  # one that was ended is replaced
                gateway.maintain()
                heartbeat.turned()
            except Error:
                log.exception("the database did not answer; trying again")
                connection.close()
            stop.wait(min(1.0, seconds() / 3))
    finally:
        listener.stopping = True
        gateway.close()
        connection_created.disconnect(dispatch_uid="messaging.gateway")
        connection.close()
