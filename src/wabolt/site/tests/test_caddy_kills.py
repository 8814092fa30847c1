"""kill -9 of each process of an installation behind Caddy, while visitors read, a member saves, Meta delivers messages
of customers, and answers go out (the kills of the issue "Solid ground", through the proxy).

Pages are back within BACK seconds. Afterwards nothing has happened twice, and nothing that was acknowledged is lost.
"""

import contextlib
import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
from tests.graph import webhooks
from tests.graph.server import GraphServer

from wabolt.site.postgres import Cluster
from wabolt.site.tests.public import NAME, Public, running_public, wait_until
from wabolt.site.tests.shops import Shop, copied_shop, sign_in

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

BACK = 20.0  # seconds; 2 to 5 on an idle machine
HOPELESS = 300.0  # seconds after which work that is waited for counts as lost; 10 on an idle machine
ANSWERS = 750
CSRF = "abcdefghijklmnopqrstuvwxyz012345"
VICTIMS = ("gateway", "web", "postgres", "consumer", "caddy", "worker")
PREPARE = """
import sys
from datetime import time
from tests.cloud.conftest import make_cloud
from wabolt.accounts.models import Workspace
from wabolt.consent.tests.factories import make_people
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import Draft, queue_messages
shop, now = Workspace.objects.get(), clock.now()
channel = make_cloud(shop, quiet_from=time(0), quiet_until=time(0), messages_per_minute=450, jitter_percent=0)
people = make_people(shop, int(sys.argv[1]))
Conversation.objects.bulk_create(
    Conversation(workspace=shop, channel=channel, contact_id=one, last_inbound_at=now, last_message_at=now)
    for one in people
)
draft = Draft(purpose="service", origin_kind="member", text="Baik Kak", key="jawaban")
queue_messages(workspace=shop, channel=channel, contact_ids=people, draft=draft)
"""


@dataclass
class Storm:
    """Traffic through Caddy: pages, saved contacts, and webhook calls. Like Meta, it repeats a call until it is
    acknowledged. `stop` ends it."""

    public: Public
    channel: int
    seen: Counter[int] = field(default_factory=Counter)
    saved: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=work) for work in (self._read, self._save, self._deliver)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def post(self, path: str, **form: str) -> int:
        """Sends a form as the member. Returns the status; 0 if there is no answer."""
        headers = {
            "Cookie": f"sessionid={self.public.session}; csrftoken={CSRF}",
            "Origin": f"https://{NAME}:{self.public.https_port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._status("POST", path, urlencode({"csrfmiddlewaretoken": CSRF, **form}).encode(), **headers)

    def _status(self, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        """The status of a request; 0 if there is no answer."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.public.ask(method, path, body, headers)[0].status
        return 0

    def _read(self) -> None:
        while not self._over.wait(0.5):
            self.seen[self._status("GET", "/contacts/")] += 1

    def _save(self) -> None:
        while not self._over.wait(0.5):
            number = len(self.tried)
            name = f"Bu Simpan {number:04}"
            self.tried.append(name)
            status = self.post("/contacts/new/", name=name, phone=f"0813{number:08}")
            assert status in {0, 302, 502, 503}, status
            if status == 302:
                self.saved.append(name)

    def _deliver(self) -> None:
        while not self._over.wait(0.2):
            number = len(self.delivered)
            told = webhooks.message(f"wamid.in.{number}", phone=f"62821{number:08}", at=int(time.time()),
                                    body=f"Pesan {number:04}")  # fmt: skip
            body = webhooks.encoded(told)
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": webhooks.signature(body)}
            while self._status("POST", f"/webhooks/whatsapp/{self.channel}/", body, **headers) != 200:
                time.sleep(0.1)
            self.delivered.append(f"Pesan {number:04}")


@dataclass
class Scene:
    """The installation, the fake Meta server, and the traffic."""

    shop: Shop
    public: Public
    graph: GraphServer
    storm: Storm

    def pids(self, victim: str) -> list[int]:
        """The processes to kill: the server of PostgreSQL, Caddy, or a supervised process with all that it started."""
        if victim == "postgres":
            file = Cluster(self.shop.home / "postgres").places.data / "postmaster.pid"
            return [int(file.read_text().split()[0])]
        if victim == "caddy":
            return [self.public.caddy_pid()]
        log = str(self.shop.home / "log" / f"{victim}.log")
        found = []
        for process in psutil.Process(self.public.process.pid).children(recursive=True):
            with contextlib.suppress(OSError):
                if str(Path(f"/proc/{process.pid}/fd/1").readlink()) == log:
                    found.append(process.pid)
        return found

    def kill(self, victim: str) -> float:
        """Kills the victim and waits until pages, customers' messages and answers move again. Returns the seconds until
        the pages did."""
        before = self.pids(victim)
        assert before, victim
        for pid in before:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        wait_until(lambda: _or_nothing(lambda: set(self.pids(victim)) - set(before)), BACK)
        good = self.storm.seen[200]
        wait_until(lambda: self.storm.seen[200] >= good + 2, BACK)
        took = time.monotonic() - began
        delivered, taken = len(self.storm.delivered), sum(self.graph.taken.values())
        wait_until(lambda: len(self.storm.delivered) > delivered, BACK)
        wait_until(lambda: sum(self.graph.taken.values()) > taken, BACK)
        return took


def _or_nothing(look: Callable[[], set[int]]) -> bool:
    with contextlib.suppress(OSError, IndexError, ValueError, psutil.Error):
        return bool(look())
    return False


@pytest.fixture
def scene(shop_template: Path, open_folder: Path) -> Iterator[Scene]:
    with GraphServer() as graph, copied_shop(shop_template, open_folder / "home") as shop:
        assert shop.processes.run(PREPARE, str(ANSWERS)) == 0
        [[channel]] = shop.ask("SELECT channel_id FROM channels_cloudaccount")
        session = sign_in(shop)
        Cluster(shop.home / "postgres").stop()  # tests run it without waiting for the disk; `wabolt up` waits
        with running_public(shop, session, is_quick=True, DATABASE_URL="", WABOLT_GRAPH_URL=graph.url) as public:
            storm = Storm(public, int(str(channel)))
            storm.start()
            try:
                yield Scene(shop, public, graph, storm)
            finally:
                storm.stop()


def test_every_process_is_killed_and_nothing_is_lost_or_done_twice(scene: Scene) -> None:
    shop, storm, graph = scene.shop, scene.storm, scene.graph
    wait_until(lambda: sum(graph.taken.values()) > 20 and len(storm.delivered) > 5, 60)
    back = {victim: scene.kill(victim) for victim in VICTIMS}
    assert max(back.values()) < BACK, back

    # The worker does jobs again: a member asks for a backup.
    storm.stop()
    assert storm.post("/settings/backup/now/") == 302
    wait_until(lambda: bool(shop.ask("SELECT 1 FROM backups_backuprun")), HOPELESS)

    # Every acknowledged message of a customer is there once. So is every contact that the member was told was saved;
    # one whose answer was lost may be there, and is there once.
    shop.ask("UPDATE channels_channel SET messages_per_minute = 100000")
    waiting = "SELECT count(*) FROM channels_rawevent WHERE processed_at IS NULL"
    wait_until(lambda: shop.ask(waiting) == [(0,)], HOPELESS)
    inbound = Counter(str(text) for (text,) in shop.ask(
        "SELECT text FROM messaging_message WHERE direction = 'inbound'"
    ))  # fmt: skip
    assert inbound == Counter(storm.delivered)
    stored = shop.ask("SELECT name FROM contacts_contact WHERE name LIKE 'Bu Simpan %'")
    names = Counter(str(name) for (name,) in stored)
    assert set(storm.saved) <= set(names) <= set(storm.tried)
    assert set(names.values()) == {1}

    # No answer goes out twice, and each one has an end.
    states = "SELECT state, count(*) FROM messaging_message WHERE origin_kind = 'member' GROUP BY 1"
    wait_until(lambda: not {"queued", "sending"} & {state for state, _count in shop.ask(states)}, HOPELESS)
    assert max(graph.taken.values()) == 1
    found = {str(state): int(str(count)) for state, count in shop.ask(states)}
    assert found.keys() <= {"sent", "unknown"}
    assert sum(found.values()) == ANSWERS
    sent = {str(pk) for (pk,) in shop.ask("SELECT id FROM messaging_message WHERE state = 'sent'")}
    unknown = {str(pk) for (pk,) in shop.ask("SELECT id FROM messaging_message WHERE state = 'unknown'")}
    assert sent <= set(graph.taken) <= sent | unknown

    # The consumers have read the log to its end and given up nothing.
    assert shop.ask("SELECT count(*) FROM contacts_parkedevent") == [(0,)]
    unread = """SELECT c.name FROM contacts_consumer c WHERE EXISTS (
        SELECT FROM contacts_event e WHERE (e.position, e.id) > (c.position, c.event_id))"""
    wait_until(lambda: shop.ask(unread) == [], HOPELESS)
    told = shop.ask("SELECT count(*) FROM contacts_event WHERE kind = 'message_received'")
    assert told == [(len(storm.delivered),)]
    assert scene.public.process.poll() is None, "the supervisor itself has lived on"
