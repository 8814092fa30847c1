"""Background work of a lane: fetching incoming files, sending read receipts, checking numbers. It runs in a thread of
its own, so that it never delays messages."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import Error, close_old_connections, connection

from wabolt.channels.models import Channel
from wabolt.channels.registry import MediaProvider, Provider
from wabolt.messaging.gateway.checks import ask_waiting
from wabolt.messaging.gateway.connections import close_connection
from wabolt.messaging.gateway.read_receipts import send_read_receipts
from wabolt.messaging.inbound.services.files import due_files, fetch_file

log = logging.getLogger(__name__)


def fetch_round(channel: Channel, provider: Provider, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Fetches one due file of each of a few customers while `goes_on()` is true; returns whether more may be due.

    A file can take seconds of processor time to examine. One customer who sends many of them delays neither the files
    of others for long, nor the other background work.
    """
    if not isinstance(provider, MediaProvider):
        return False
    files = due_files(channel)
    for file in files:
        if not goes_on():
            return False
        fetch_file(provider, file)
    return bool(files)


def run_background_once(channel: Channel, provider: Provider) -> None:
    """Runs all background work once in the calling thread."""
    ask_waiting(channel, provider)
    send_read_receipts(channel, provider)
    while fetch_round(channel, provider):
        send_read_receipts(channel, provider)


class BackgroundWork:
    """The background thread of a lane. It runs one job at a time. `keeps_connection`: whether the connection of a run
    serves the next one."""

    def __init__(
        self, channel: Channel, provider: Provider, held: Callable[[], bool], keeps_connection: Callable[[], bool]
    ) -> None:
        self._channel = channel
        self._provider = provider
        self._held = held
        self._keeps_connection = keeps_connection
        self._pool = ThreadPoolExecutor(1, f"lane-{channel.pk}-side")
        self._under_way: Future[None] | None = None
        self._closing = False
        self._next_question = 0.0

    def nudge(self) -> None:
        """Starts a run unless one is in progress. Returns at once."""
        if not self._closing and (self._under_way is None or self._under_way.done()):
            self._under_way = self._pool.submit(self._work)

    def stop(self) -> None:
        """Starts no new run. A run in progress fails when its provider is closed."""
        self._closing = True
        self._pool.submit(close_connection)
        self._pool.shutdown(wait=False)

    def join(self) -> None:
        """Waits for the run in progress."""
        self._pool.shutdown()

    def _goes_on(self) -> bool:
        return self._held() and not self._closing

    def _work(self) -> None:
        try:
            close_old_connections()  # one that was ended is replaced
            more_is_due = True
            while more_is_due:
                send_read_receipts(self._channel, self._provider)
                self._ask()
                more_is_due = fetch_round(self._channel, self._provider, self._goes_on)
        except Error:
            log.warning("channel %s: the database went away beside the lane", self._channel.pk, exc_info=True)
        except Exception:
            log.exception("channel %s: something broke off beside the lane", self._channel.pk)
        finally:
            if not self._keeps_connection():
                connection.close()

    def _ask(self) -> None:
        """Checks numbers, at most as often as the provider allows."""
        every = self._provider.capabilities.check_every
        if every is not None and time.monotonic() >= self._next_question and ask_waiting(self._channel, self._provider):
            self._next_question = time.monotonic() + every.total_seconds()
