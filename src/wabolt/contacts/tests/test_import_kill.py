"""A worker is killed with SIGKILL in the middle of an import. No row is doubled or lost, and the import continues."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact, Event, Identity, Note
from wabolt.imports import services as imports
from wabolt.imports.models import Import, ImportRejection

PEOPLE = 4000
KILLS = 12
WORKER = """
import django
django.setup()
from wabolt.imports.services import runner
from wabolt.lib import jobs
runner.CHUNK = 50
print("ready", flush=True)
input()
jobs.run_worker(concurrency=1, wait=False)
"""


def make_file() -> str:
    """Every tenth person has two rows, far apart. Every twentieth row cannot be accepted."""
    lines = []
    for n in range(PEOPLE):
        lines.append(f"Orang {n};0812{10000000 + n};{n:05};catatan {n}")
        if n % 10 == 5 and n > 1000:
            lines.append(f"Orang {n - 1000} Santoso;+62 812-{10000000 + n - 1000};{n - 1000:05};catatan lain")
        if n % 20 == 7:
            lines.append(f"Salah {n};08123;;")
    return "Nama;HP;Kode Pelanggan;Catatan\n" + "\n".join(lines) + "\n"


class Worker:
    """A worker process on the test database that waits for the start signal."""

    def __init__(self) -> None:
        names = {"dbname", "user", "password", "host", "port"}
        parts = {key: value for key, value in connection.get_connection_params().items() if key in names and value}
        url = " ".join(f"{key}='{value}'" for key, value in parts.items())
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "wabolt.site.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def finish(self) -> int:
        self.process.communicate(timeout=120)
        return self.process.returncode


@pytest.fixture
def hire() -> Iterator[Callable[[], Worker]]:
    """Starts workers and terminates those that still run when the test ends."""
    with ExitStack() as stack:

        def one() -> Worker:
            worker = Worker()
            stack.callback(worker.kill)
            return worker

        yield one


def progress(imported: Import) -> tuple[str, int]:
    return Import.objects.values_list("state", "next_row").get(pk=imported.pk)


def revive() -> None:
    """Simulates lib.jobs.revive_stalled after its timeout and the server's detection of the lost connection."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE status = 'doing'")
        cursor.execute("DELETE FROM procrastinate_workers")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.enable_socket
def test_killed_worker_doubles_and_loses_nothing(upload: object, hire: Callable[[], Worker]) -> None:
    workspace = make_workspace()
    text = make_file()
    imported = upload(workspace, text)  # type: ignore[operator]
    imports.queue_import(workspace=workspace, import_id=imported.pk, answers={"tags": "Baru"})
    chance, worker, seen = random.Random(20261122), hire(), []
    for _turn in range(KILLS):
        following = hire()
        before = progress(imported)[1]
        worker.start()
        deadline = time.monotonic() + 60
        while progress(imported) == ("running", before) or progress(imported)[0] == "queued":
            assert time.monotonic() < deadline
        time.sleep(chance.random() * 0.12)
        worker.kill()
        seen.append(progress(imported)[1])
        revive()
        worker = following
        if progress(imported)[0] == "done":
            break
    worker.start()
    assert worker.finish() == 0
    imported.refresh_from_db()
    rows = text.count("\n") - 1
    assert len(set(seen)) >= 5, "the kills hit too few different places"
    assert (imported.state, imported.next_row) == ("done", rows)
    assert imported.created + imported.updated + imported.unchanged + imported.rejected == rows
    assert (imported.created, imported.rejected) == (PEOPLE, PEOPLE // 20)
    assert_each_once(workspace)


def assert_each_once(workspace: Workspace) -> None:
    twice = sum(1 for n in range(PEOPLE) if n % 10 == 5 and n > 1000)
    assert Contact.objects.filter(workspace=workspace).count() == PEOPLE
    assert Identity.objects.filter(workspace=workspace).count() == 2 * PEOPLE
    assert Event.objects.filter(workspace=workspace, kind="contact_created").count() == PEOPLE
    assert Event.objects.filter(workspace=workspace, kind="tag_added").count() == PEOPLE
    assert Note.objects.filter(workspace=workspace).count() == PEOPLE + twice
    assert ImportRejection.objects.count() == PEOPLE // 20
    assert Contact.objects.filter(workspace=workspace, name__endswith="Santoso").count() == twice
