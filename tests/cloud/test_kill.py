"""The web server is killed during a storm of webhook calls: acknowledged events are stored, and repeating all calls
adds only the missing ones."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.cloud.conftest import make_cloud
from tests.graph import webhooks
from tests.shared import database_url, free_port
from wabolt.channels.models import RawEvent

SERVE = "from wabolt.site.serving import serve; serve('127.0.0.1', {port}, 1)"
STATUSES, EACH = 1000, 4


class Web:
    """A real web server on the test's database, in its own process group."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE.format(port=self.port)],
            env=os.environ
            | {
                "DATABASE_URL": database_url(),
                "WABOLT_LOG_LEVEL": "CRITICAL",
                "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            },
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self.process.poll() is None, "the web server ended"
                time.sleep(0.05)
            else:
                return
        pytest.fail("the web server did not start")

    def kill(self) -> None:
        """Kills the whole process group at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_storm_with_a_kill_in_the_middle(socket_enabled: None) -> None:
    channel = make_cloud()
    told = [webhooks.status(f"wamid.{n}", word) for n in range(STATUSES // 2) for word in ("sent", "delivered")]
    chance = random.Random(7)
    shuffled = [*told, *told]
    chance.shuffle(shuffled)
    bodies = [
        webhooks.encoded(webhooks.statuses(*shuffled[start : start + EACH])) for start in range(0, len(shuffled), EACH)
    ]
    web = Web()
    acknowledged: set[int] = set()
    enough = threading.Event()

    def tell(caller: httpx.Client, number: int) -> None:
        try:
            answer = caller.post(
                f"http://127.0.0.1:{web.port}/webhooks/whatsapp/{channel.pk}/",
                content=bodies[number],
                headers={"X-Hub-Signature-256": webhooks.signature(bodies[number])},
            )
        except httpx.TransportError:
            return
        assert answer.status_code == 200
        acknowledged.add(number)
        if len(acknowledged) > len(bodies) // 3:
            enough.set()

    try:
        with ThreadPoolExecutor(8) as meta, httpx.Client(trust_env=False, timeout=60) as caller:
            first = [meta.submit(tell, caller, number) for number in range(len(bodies))]
            assert enough.wait(120)
            web.kill()
            for done in first:
                done.result()
            assert len(acknowledged) < len(bodies)
            kept = set(RawEvent.objects.values_list("dedupe_key", flat=True))
            for number in acknowledged:
                for one in shuffled[number * EACH : number * EACH + EACH]:
                    assert f"status:{one['id']}:{one['status']}" in kept
            web = Web()
            again = list(range(len(bodies)))
            chance.shuffle(again)
            for done in [meta.submit(tell, caller, number) for number in again]:
                done.result()
    finally:
        if web.process.poll() is None:
            web.kill()
    assert len(acknowledged) == len(bodies)
    assert RawEvent.objects.count() == STATUSES
    assert RawEvent.objects.values("dedupe_key").distinct().count() == STATUSES
