"""A worker is killed with SIGKILL in the middle of an import. No row is doubled or lost, and the import continues."""

import random
import time

import pytest
from django.db import connection
from tests.forking import ForkServer

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact, Event, Identity, Note
from wabolt.imports import services as imports
from wabolt.imports.models import Import, ImportRejection

PEOPLE = 2000
KILLS = 12
FAR = 500
"""Rows between the two rows of a person."""
WORKER = """
from wabolt.imports.services import runner
from wabolt.lib import jobs
runner.CHUNK = 25
jobs.run_worker(concurrency=1, wait=False)
"""


def make_file() -> str:
    """Every tenth person has two rows, far apart. Every twentieth row cannot be accepted."""
    lines = []
    for n in range(PEOPLE):
        lines.append(f"Orang {n};0812{10000000 + n};{n:05};catatan {n}")
        if n % 10 == 5 and n > FAR:
            lines.append(f"Orang {n - FAR} Santoso;+62 812-{10000000 + n - FAR};{n - FAR:05};catatan lain")
        if n % 20 == 7:
            lines.append(f"Salah {n};08123;;")
    return "Nama;HP;Kode Pelanggan;Catatan\n" + "\n".join(lines) + "\n"


def progress(imported: Import) -> tuple[str, int]:
    return Import.objects.values_list("state", "next_row").get(pk=imported.pk)


def revive() -> None:
    """Simulates lib.jobs.revive_stalled after its timeout and the server's detection of the lost connection."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE status = 'doing'")
        cursor.execute("DELETE FROM procrastinate_workers")


@pytest.mark.slow
@pytest.mark.enable_socket
def test_killed_worker_doubles_and_loses_nothing(upload: object, fork_server: ForkServer) -> None:
    workspace = make_workspace()
    text = make_file()
    imported = upload(workspace, text)  # type: ignore[operator]
    imports.queue_import(workspace=workspace, import_id=imported.pk, answers={"tags": "Baru"})
    chance, seen = random.Random(20261122), []
    for _turn in range(KILLS):
        before = progress(imported)[1]
        worker = fork_server.start(WORKER)
        deadline = time.monotonic() + 60
        while progress(imported) == ("running", before) or progress(imported)[0] == "queued":
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(chance.random() * 0.12)
        worker.kill()
        seen.append(progress(imported)[1])
        revive()
        if progress(imported)[0] == "done":
            break
    assert fork_server.run(WORKER) == 0
    imported.refresh_from_db()
    rows = text.count("\n") - 1
    assert len(set(seen)) >= 5, "the kills hit too few different places"
    assert (imported.state, imported.next_row) == ("done", rows)
    assert imported.created + imported.updated + imported.unchanged + imported.rejected == rows
    assert (imported.created, imported.rejected) == (PEOPLE, PEOPLE // 20)
    assert_each_once(workspace)


def assert_each_once(workspace: Workspace) -> None:
    twice = sum(1 for n in range(PEOPLE) if n % 10 == 5 and n > FAR)
    assert Contact.objects.filter(workspace=workspace).count() == PEOPLE
    assert Identity.objects.filter(workspace=workspace).count() == 2 * PEOPLE
    assert Event.objects.filter(workspace=workspace, kind="contact_created").count() == PEOPLE
    assert Event.objects.filter(workspace=workspace, kind="tag_added").count() == PEOPLE
    assert Note.objects.filter(workspace=workspace).count() == PEOPLE + twice
    assert ImportRejection.objects.count() == PEOPLE // 20
    assert Contact.objects.filter(workspace=workspace, name__endswith="Santoso").count() == twice
