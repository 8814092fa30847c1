"""A whole installation at work, started with `--lan`: what it prints, its logs, its report and its metrics.

The demo is large and takes a minute to start, so one start serves all of it.
"""

import json
import os
import re
import signal
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.forking import ForkServer
from tests.shared import copied_cluster, copy, free_port

from wabolt.site.lan import lan_addresses
from wabolt.site.postgres import Cluster
from wabolt.site.tests.test_lan import read_code

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

LOAD = """
import sys, tempfile
from io import BytesIO
from pathlib import Path
from wabolt.demo import shop
from wabolt.demo.services import load_demo
from wabolt.demo.tests import few
for name, value in {**few.NUMBERS, "ORDERS_PER_CART": 40}.items():
    setattr(shop, name, value)
few.PEOPLE = 100
with tempfile.TemporaryDirectory() as folder:
    few.write_few(Path(folder))
    load_demo(progress=lambda done, total: None, data=Path(folder))
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
NAMES = "SELECT name FROM contacts_contact UNION SELECT whatsapp_name FROM contacts_contact"
PERSONAL = f"""
{NAMES} UNION SELECT value FROM contacts_identity UNION SELECT email FROM contacts_contact
UNION SELECT left(text, 40) FROM messaging_message UNION SELECT last_text FROM messaging_conversation
"""
EVENTS = {"request", "job", "send_batch", "import"}


class Demo:
    """A running demo with few people in a new home folder, its terminal and its logs."""

    def __init__(self, made: Path, folder: Path) -> None:
        self.home, self.loading, self.terminal = folder / "home", folder / "loading", folder / "terminal"
        names = ("DATABASE_URL", "WABOLT_SECRET_KEY")
        self.environment = {name: value for name, value in os.environ.items() if name not in names}
        self.environment |= {"WABOLT_HOME": str(self.home), "WABOLT_DEMO_HOME": str(self.home)}
        self.environment["WABOLT_LOG_FORMAT"] = "json"
        copy(made / "home", self.home)
        copied_cluster(made, self.home / "postgres")
        self.forks = ForkServer(self.environment)
        assert self.forks.start_command(self.loading, "manage", "shell", "-v", "0", "-c", LOAD).wait() == 0
        self.port = free_port()
        options = ("--lan", "--log-format", "json", "--port", str(self.port))
        self.process = self.forks.start_command(self.terminal, "demo", *options)

    def run(self, *arguments: str) -> str:
        """Runs a command of the same installation; returns its output."""
        done = self.forks.command(*arguments, environment={"WABOLT_LANGUAGE": "en"})
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    @cached_property
    def token(self) -> str:
        return self.run("metrics-token").strip()

    def metrics(self) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
        """{sample name: {labels: value}} of a scrape."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.get(f"http://127.0.0.1:{self.port}/metrics", headers=headers, timeout=30)
        assert answer.status_code == 200
        found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
        return found

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
        paths = [self.loading, self.terminal, *(self.home / "log").iterdir(), *(data / "log").iterdir()]
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
def running_demo(made: Path, folder: Path) -> Iterator[Demo]:
    demo = Demo(made, folder)
    try:
        yield demo
    finally:
        demo.process.send_signal(signal.SIGINT)
        demo.process.wait(120)


def visit(link: str, name: str) -> None:
    """Signs in and opens pages, some with a customer's name where it does not belong."""
    paths = ["/", f"/contacts/?q={name}", "/contacts/1/", "/inbox/", "/broadcasts/", f"/{name}/", f"/c/{name}"]
    with httpx.Client(base_url="/".join(link.split("/")[:3]), follow_redirects=True, timeout=30) as browser:
        assert browser.get(link).status_code == 200
        for path in paths:
            assert browser.get(path).status_code in {200, 404}, path
        assert browser.post("/contacts/new/", data={"name": name}).status_code == 403  # without the CSRF token


def assert_shown_in_the_network(terminal: str, port: int) -> None:
    """The address for a phone in the same network and its QR code, or that there is no such network."""
    links = [f"http://{address}:{port}" for address in lan_addresses("0.0.0.0")]
    if not links:
        assert "belum ada di jaringan" in terminal or "not in a network" in terminal
        return
    shown = re.findall(rf"({re.escape(links[0])}\S*)", terminal)
    assert shown, terminal
    rows = [line for line in terminal.split("\n") if line and set(line) <= set(" █▀▄")]
    assert read_code(rows) == shown[0]


def assert_counted(demo: Demo) -> None:
    """The metrics count the work of the installation: each process stores its counts with its heartbeat."""

    def total(name: str, **labels: str) -> float:
        return sum(value for found, value in scraped.get(name, {}).items() if labels.items() <= dict(found).items())

    scraped: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    deadline = time.monotonic() + 120
    while True:
        scraped = demo.metrics()
        counted = {
            "requests": total("wabolt_requests_total", route="contacts:list", status="200"),
            "sends": total("wabolt_sends_total", result="sent"),
            "receipts": total("wabolt_receipts_total"),
            "jobs": total("wabolt_jobs_run_total", task="imports.run"),
            "request seconds": total("wabolt_request_seconds_count"),
            "job seconds": total("wabolt_job_seconds_count"),
        }
        if all(counted.values()):
            break
        assert time.monotonic() < deadline, counted
        time.sleep(0.5)
    ((channels,),) = demo.sql("SELECT count(*) FROM channels_channel WHERE archived_at IS NULL")
    ((consumers,),) = demo.sql("SELECT count(*) FROM contacts_consumer")
    assert total("wabolt_lane_held") >= 1
    assert len({dict(labels)["channel"] for labels in scraped["wabolt_lane_held"]}) <= int(str(channels))
    assert {dict(labels)["age"] for labels in scraped["wabolt_queue_messages"]} == {"1m", "10m", "1h", "1d", "older"}
    assert "wabolt_queue_oldest_seconds" in scraped
    assert len(scraped["wabolt_consumer_lag_events"]) == int(str(consumers)) > 0
    assert "wabolt_consumer_lag_seconds" in scraped
    assert total("wabolt_database_bytes") > 10_000_000
    ready = {dict(labels)["part"]: value for labels, value in scraped["wabolt_ready"].items()}
    assert ready == {"database": 1, "disk": 1, "gateway": 1, "worker": 1, "consumer": 1}


def assert_examined(demo: Demo) -> None:
    """`wabolt doctor` over the running installation; the pages have one process per processor."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    report = demo.run("doctor")
    assert re.search(rf"✓ Processes +consumer 1, gateway 1, web {cores}, worker 1\n", report), report
    assert re.search(r"✓ Database +", report)
    assert not re.search(r"^✗ (?!Chromium|Browser)", report, re.MULTILINE), report
    assert "WABolt can run here." in report


def reported(demo: Demo, file: Path) -> str:
    """The text of the file of `wabolt report`."""
    demo.run("report", str(file))
    with zipfile.ZipFile(file) as report:
        return "\n".join(report.read(name).decode() for name in report.namelist())


def test_working_installation_logs_its_work_and_no_personal_data(made_home: Path, open_folder: Path) -> None:
    with running_demo(made_home, open_folder) as demo:
        link = demo.link()
        ((name,),) = demo.sql("SELECT name FROM contacts_contact WHERE name LIKE '%% %%' ORDER BY id LIMIT 1")
        visit(link, str(name))
        demo.sql(BROKEN)
        demo.wait_for(lambda: demo.events() >= EVENTS, 240)
        demo.wait_for(lambda: demo.sql("SELECT count(*) > 0 FROM channels_rawevent WHERE error <> ''")[0][0], 240)
        assert_shown_in_the_network(demo.terminal.read_text(), demo.port)
        assert_counted(demo)
        assert_examined(demo)
        report = reported(demo, open_folder / "report.zip")
        personal = {str(text) for (text,) in demo.sql(PERSONAL)}
        names = {word for (text,) in demo.sql(NAMES) for word in re.findall(r"\w+", str(text))}
    logs = {**demo.logs(), "report": report}
    assert len(logs) >= 8
    assert len(personal) > 500
    # The shop's own customer codes are left out: ids of messages look the same.
    wholes = {text for text in personal if len(text) > 7 and not text.isalpha()}
    words = {text for text in personal if len(text) > 3 and text.isalpha()}
    words |= {word for word in names if len(word) > 1 and not word.isdigit()}  # short names too, as whole words
    assert min(map(len, words)) <= 3
    for path, text in logs.items():
        assert not words & set(re.findall(r"\w+", text)), path
        assert not [one for one in wholes if one in text or one.lstrip("+") in text], path
    for path in (demo.home / "log").glob("*.log"):
        for line in path.read_text().splitlines():
            assert line.startswith("{"), f"{path.name}: {line}"
