"""The page "Recent problems", and the check of the disk."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import translation

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.contacts.models import Consumer, ParkedEvent
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.operations import queries, services
from wabolt.operations.models import Process
from wabolt.operations.services import beating, disk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


def process(kind: str, age: float, host: str = "toko", *, ended: bool = False) -> Process:
    at = clock.now() - timedelta(seconds=age)
    ended_at = at if ended else None
    name = f"{kind}:{host}:{Process.objects.count()}"
    return Process.objects.create(name=name, kind=kind, host=host, version="1", beat_at=at, ended_at=ended_at)


def sentences() -> list[str]:
    return [problem.sentence for problem in queries.recent_problems(make_workspace(), "owner")]


def test_process_without_a_marked_end_has_crashed() -> None:
    process("gateway", 3600)
    assert sentences() == ["Sending and receiving ended suddenly on the computer toko."]
    process("gateway", 1)
    assert sentences() == ["Sending and receiving ended suddenly on the computer toko. It runs again; nothing is lost."]


def test_a_process_that_ended_in_order_is_no_problem() -> None:
    process("gateway", 3600, ended=True)
    process("web", 20)
    assert sentences() == []


def test_processes_that_ended_together_are_one_problem() -> None:
    for kind, age in (("gateway", 3600), ("worker", 3603), ("consumer", 3601), ("web", 3599)):
        process(kind, age)
        process(kind, 1)
    assert len(sentences()) == 1
    assert "as after a power failure" in sentences()[0]


def test_crashes_on_other_machines_or_at_other_times_are_separate_problems() -> None:
    process("worker", 3600)
    process("worker", 7200)
    process("worker", 3600, host="server")
    assert len(sentences()) == 3


def test_parked_events_and_failed_jobs_are_listed() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    consumer = Consumer.objects.create(name="tallies.test")
    ParkedEvent.objects.create(
        consumer=consumer, workspace=workspace, contact=contact, event_id=1, event_time=clock.now(), kind="x", error="e"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'imports.run') RETURNING id"
        )
        job_id = cursor.fetchone()[0]
        for state in ("doing", "failed"):  # a trigger of Procrastinate writes the event of each change
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s", [state, job_id]
            )
    found = [problem.sentence for problem in queries.recent_problems(workspace, "owner")]
    assert "1 event could not be processed: tallies.test." in found
    assert "A background task failed (imports.run)." in found
    other = [problem.sentence for problem in queries.recent_problems(make_workspace("Lain"), "owner")]
    assert not [sentence for sentence in other if "event" in sentence]


def test_the_page_has_the_problem_and_what_to_do() -> None:
    process("gateway", 3600)
    page = signed_in(make_workspace()).get("/settings/recent-problems/").content.decode()
    assert "tiba-tiba mati di komputer toko" in page
    assert "wabolt doctor" in page


def usage(total: int, free: int) -> Callable[[object], SimpleNamespace]:
    return lambda _folder: SimpleNamespace(total=total, free=free)


@pytest.mark.parametrize(
    ("total", "free", "kind"),
    [
        (100 * 10**9, 400 * 10**6, services.DISK_FULL),
        (100 * 10**9, 1900 * 10**6, services.DISK_LOW),
        (100 * 10**9, 4 * 10**9, services.DISK_LOW),
        (100 * 10**9, 6 * 10**9, ""),
        (3 * 10**9, 1900 * 10**6, ""),
    ],
)
def test_full_disk_opens_an_alert_and_free_space_resolves_it(
    monkeypatch: pytest.MonkeyPatch, total: int, free: int, kind: str
) -> None:
    make_workspace()
    monkeypatch.setattr(disk.shutil, "disk_usage", usage(total, free))
    services.check_disk()
    assert [alert.kind for alert in Alert.objects.filter(resolved_at=None)] == ([kind] if kind else [])
    monkeypatch.setattr(disk.shutil, "disk_usage", usage(10**12, 5 * 10**11))
    services.check_disk()
    assert not Alert.objects.filter(resolved_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_marks_its_end_unless_it_fails() -> None:
    with beating("worker"):
        pass
    assert Process.objects.get(kind="worker").ended_at is not None

    def fail() -> None:
        with beating("gateway", has_loop=True):
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert not Process.objects.filter(kind="gateway", ended_at__isnull=False).exists()
