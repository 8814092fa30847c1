"""Worker, gateway and consumer continue after PostgreSQL has repeatedly ended their connections."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from tests.forking import ForkServer, Process

from wabolt.site.tests.public import wait_until
from wabolt.site.tests.shops import Shop
from wabolt.site.tests.test_reconnect import cutting

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

# A value that each process changes while it works.
SIGNS = {
    "worker": "SELECT max(last_heartbeat) FROM procrastinate_workers",
    "gateway": "SELECT string_agg(l::text, ';') FROM messaging_lane l",
}
ENDED_AT_COMMIT = """
    CREATE SEQUENCE commits;
    CREATE FUNCTION end_first_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER end_first_commit AFTER UPDATE ON procrastinate_jobs
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_first_commit();
"""
PROCESSES = (*SIGNS, "consumer")  # a consumer process without consumers writes nothing, so only its life is tested


@contextmanager
def process(shop: Shop, name: str) -> Iterator[Process]:
    environment = {**os.environ, "WABOLT_HOME": str(shop.home), "DATABASE_URL": shop.url}
    running = ForkServer(environment).start_command(shop.home / f"{name}.log", name)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(40)
        except TimeoutError:
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


def test_a_worker_continues_after_its_connection_ended_at_a_commit(installation: Shop) -> None:
    """The first commit of a change of a job ends its connection. The worker takes jobs on a new one."""
    installation.ask(ENDED_AT_COMMIT)
    with process(installation, "worker") as worker:
        wait_until(lambda: installation.ask("SELECT is_called FROM commits") == [(True,)], 60)
        assert moves_on(installation, "worker", 60)
        wait_until(lambda: installation.ask("SELECT last_value > 3 FROM commits") == [(True,)], 60)
        assert worker.poll() is None
