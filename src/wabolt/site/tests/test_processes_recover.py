"""Worker, gateway and consumer continue after PostgreSQL has repeatedly ended their connections."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from wabolt.site.tests.shops import Shop
from wabolt.site.tests.test_reconnect import cutting

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

# A value that each process changes while it works.
SIGNS = {
    "worker": "SELECT max(last_heartbeat) FROM procrastinate_workers",
    "gateway": "SELECT string_agg(l::text, ';') FROM messaging_lane l",
}
PROCESSES = (*SIGNS, "consumer")  # a consumer process without consumers writes nothing, so only its life is tested


@contextmanager
def process(shop: Shop, name: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "WABOLT_HOME": str(shop.home), "DATABASE_URL": shop.url}
    with (shop.home / f"{name}.log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "-m", "wabolt", name], env=environment, stderr=log, stdout=log)
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(timeout=40)
            except subprocess.TimeoutExpired:
                running.kill()
                raise


def moves_on(shop: Shop, name: str, within: float) -> bool:
    """Returns whether the process's value in `SIGNS` changes within so many seconds."""
    [[before]] = shop.ask(SIGNS[name])
    until = time.monotonic() + within
    while time.monotonic() < until:
        [[now]] = shop.ask(SIGNS[name])
        if now is not None and now != before:
            return True
        time.sleep(0.1)
    return False


def test_all_processes_work_on_after_their_connections_were_ended(installation: Shop) -> None:
    installation.ask("UPDATE channels_channel SET provider = 'simulator', state = 'connected', options = '{}'")
    with ExitStack() as stack:
        running = {name: stack.enter_context(process(installation, name)) for name in PROCESSES}
        assert {name for name in SIGNS if moves_on(installation, name, 60)} == set(SIGNS)
        with cutting(installation, 1):
            time.sleep(5)  # the period in which connections are ended, not a wait
        assert {name for name in SIGNS if moves_on(installation, name, 60)} == set(SIGNS)
        assert {name: one.poll() for name, one in running.items()} == dict.fromkeys(PROCESSES)
