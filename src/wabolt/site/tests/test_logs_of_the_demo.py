"""The logs of all processes of the demo, at work, hold nothing about its customers and one line per event."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from wabolt.site.postgres import Cluster
from wabolt.site.tests.live import free_port

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

WORK = """
from io import BytesIO
from wabolt.accounts.models import Membership
from wabolt.imports.services import queue_import, start_import
member = Membership.objects.select_related("user", "workspace").first()
file = "Nama;No HP\\nZubaidah Wirasasmita;081299887766\\nJatmiko Kusumaatmadja;0812\\n".encode()
taken = start_import(
    workspace=member.workspace, kind="contacts", file=BytesIO(file), filename="pelanggan.csv", created_by=member.user
)
queue_import(workspace=member.workspace, import_id=taken.pk, answers={"consent_statement": "Kasir"})
"""
BROKEN = """
INSERT INTO channels_rawevent (channel_id, kind, payload, occurred_at, received_at, attempts, error)
SELECT id, 'message', '{"from": "+6281299887766", "name": "Zubaidah Wirasasmita", "text": {"no": "text"}}',
    now(), now(), 0, '' FROM channels_channel LIMIT 1
"""
PERSONAL = """
SELECT name FROM contacts_contact UNION SELECT whatsapp_name FROM contacts_contact
UNION SELECT value FROM contacts_identity UNION SELECT email FROM contacts_contact
UNION SELECT left(text, 40) FROM messaging_message UNION SELECT last_text FROM messaging_conversation
"""
EVENTS = {"request", "job", "send_batch", "import"}


class Demo:
    """A running demo with a new home folder, its terminal and its logs."""

    def __init__(self, folder: Path) -> None:
        self.home, self.terminal = folder / "home", folder / "terminal"
        names = ("DATABASE_URL", "WABOLT_SECRET_KEY", "DJANGO_SETTINGS_MODULE")
        self.environment = {name: value for name, value in os.environ.items() if name not in names}
        self.environment |= {"WABOLT_HOME": str(self.home), "WABOLT_DEMO_HOME": str(self.home)}
        command = [sys.executable, "-m", "wabolt", "demo", "--log-format", "json", "--port", str(free_port())]
        with self.terminal.open("w") as output:
            self.process = subprocess.Popen(command, env=self.environment, stderr=output, stdout=output)

    def link(self) -> str:
        self.wait_for(lambda: bool(re.search(r"^ +http", self.terminal.read_text(), re.MULTILINE)), 400)
        return re.findall(r"^ +(http\S+)", self.terminal.read_text(), re.MULTILINE)[0]

    def sql(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(Cluster(self.home / "postgres").url(), autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def logs(self) -> dict[str, str]:
        """{path: text} of all logs: of our processes, of PostgreSQL, and the terminal."""
        data = Cluster(self.home / "postgres").places.data
        paths = [self.terminal, *(self.home / "log").iterdir(), *(data / "log").iterdir()]
        return {str(path): path.read_text(errors="replace") for path in paths}

    def events(self) -> set[str]:
        lines = [line for path in (self.home / "log").glob("*.log") for line in path.read_text().splitlines()]
        return {json.loads(line)["event"] for line in lines if line.startswith("{")}

    def wait_for(self, done: object, seconds: float) -> None:
        assert callable(done)
        deadline = time.monotonic() + seconds
        while not done():
            assert self.process.poll() is None, self.terminal.read_text()
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.2)


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder)
    try:
        yield demo
    finally:
        demo.process.send_signal(signal.SIGINT)
        demo.process.wait(timeout=120)


def visit(link: str, name: str) -> None:
    """Signs in and opens pages, some with a customer's name where it does not belong."""
    paths = ["/", f"/contacts/?q={name}", "/contacts/1/", "/inbox/", "/broadcasts/", f"/{name}/", f"/c/{name}"]
    with httpx.Client(base_url="/".join(link.split("/")[:3]), follow_redirects=True, timeout=30) as browser:
        assert browser.get(link).status_code == 200
        for path in paths:
            assert browser.get(path).status_code in {200, 404}, path
        assert browser.post("/contacts/new/", data={"name": name}).status_code == 403  # without the CSRF token


def test_nothing_about_a_customer_is_in_the_logs(open_folder: Path) -> None:
    with running_demo(open_folder) as demo:
        link = demo.link()
        ((name,),) = demo.sql("SELECT name FROM contacts_contact WHERE name LIKE '%% %%' ORDER BY id LIMIT 1")
        visit(link, str(name))
        command = [sys.executable, "-m", "wabolt", "manage", "shell", "-v", "0", "-c", WORK]
        subprocess.run(command, env=demo.environment, check=True)
        demo.sql(BROKEN)
        demo.wait_for(lambda: demo.events() >= EVENTS, 240)
        demo.wait_for(lambda: demo.sql("SELECT count(*) > 0 FROM channels_rawevent WHERE error <> ''")[0][0], 240)
        personal = {str(text) for (text,) in demo.sql(PERSONAL)}
    logs = demo.logs()
    assert len(logs) >= 6
    assert len(personal) > 20_000
    # The shop's own customer codes are left out: ids of messages look the same.
    wholes = {text for text in personal if len(text) > 7 and not text.isalpha()}
    words = {text for text in personal if len(text) > 3 and text.isalpha()}
    for path, text in logs.items():
        assert not words & set(re.findall(r"\w+", text)), path
        assert not [one for one in wholes if one in text or one.lstrip("+") in text], path
    for path in (demo.home / "log").glob("*.log"):
        for line in path.read_text().splitlines():
            assert line.startswith("{"), f"{path.name}: {line}"
