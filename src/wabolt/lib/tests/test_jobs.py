"""The port to background work."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.exceptions import UniqueViolation

from wabolt.lib import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_jobs(db: None) -> None:
    """Deletes the jobs of earlier tests that committed: Django does not flush the tables of Procrastinate."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(cursor.fetchone()[0])


def test_a_job_that_waits_already_costs_the_caller_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE changes (number int) ON COMMIT DROP")
        for number in range(2):
            with transaction.atomic():
                cursor.execute("INSERT INTO changes VALUES (%s)", [number])
                jobs.defer("broadcasts.freeze", broadcast_id=1, once="freeze-1")
        cursor.execute("SELECT count(*) FROM changes")
        assert cursor.fetchone() == (2,)
    assert waiting() == 1


def test_a_change_that_is_undone_leaves_no_job() -> None:
    with transaction.atomic():
        jobs.defer("broadcasts.freeze", broadcast_id=1)
        transaction.set_rollback(True)
    assert waiting() == 0


class Manager:
    """Leaves the jobs of a dead worker: three jobs, of which the second has a waiting job with the same queueing
    lock."""

    def __init__(self) -> None:
        self.jobs = [SimpleNamespace(id=n, task_name="t", attempts=lives) for n, lives in enumerate((10, 1, 9))]
        self.done: list[tuple[int, str]] = []

    async def get_stalled_jobs(self, **_: Any) -> list[SimpleNamespace]:
        return self.jobs

    async def retry_job(self, job: SimpleNamespace, **_: Any) -> None:
        if job.id == 1:
            raise UniqueViolation(constraint_name="queueing_lock", queueing_lock="w")
        self.done.append((job.id, "again"))

    async def finish_job(self, job: SimpleNamespace, status: Any, delete_job: bool) -> None:
        self.done.append((job.id, "forgotten" if delete_job else status.value))


def test_a_job_that_kills_its_workers_is_given_up_and_none_keeps_another_from_starting_again() -> None:
    manager = Manager()
    context = SimpleNamespace(app=SimpleNamespace(job_manager=manager))
    asyncio.run(jobs.revive_stalled.func(context, 0))
    assert manager.done == [(0, "failed"), (1, "forgotten"), (2, "again")]
