"""The port to background work."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.exceptions import UniqueViolation
from tests.cases import each
from tests.shared import database_url

from wabolt.lib import clock, jobs

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


@pytest.mark.django_db(transaction=True)
def test_a_change_that_a_job_undoes_leaves_no_job() -> None:
    """Inside a worker, too, a job is deferred in the transaction of the change, and no worker takes it earlier."""
    seen: list[int] = []

    def change() -> None:
        with transaction.atomic():
            jobs.defer("broadcasts.freeze", broadcast_id=1)
            seen.append(_committed())
            transaction.set_rollback(True)
        seen.append(_committed())
        connection.close()  # of the worker's thread

    jobs.task("tests.change")(change)
    try:
        jobs.defer("tests.change")
        jobs.run_worker(concurrency=1, wait=False)
    finally:
        del jobs.app.tasks["tests.change"]
    assert seen == [0, 0]


@pytest.mark.django_db(transaction=True)
def test_many_slow_jobs_do_not_hold_up_others() -> None:
    done: list[str] = []
    jobs.task("tests.call", after_others=True)(lambda: done.append("call"))
    jobs.task("tests.work")(lambda: done.append("work"))
    try:
        for name in ("tests.call", "tests.call", "tests.work"):
            jobs.defer(name)
        jobs.run_worker(concurrency=1, wait=False)
    finally:
        for name in ("tests.call", "tests.work"):
            del jobs.app.tasks[name]
    assert done == ["work", "call", "call"]


def _committed() -> int:
    """The number of jobs `broadcasts.freeze` that other connections see."""
    with psycopg.connect(database_url()) as other:
        found = other.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'broadcasts.freeze'")
        return int(found.fetchall()[0][0])


class Database:
    """Procrastinate's connector and job manager of a context, with three running jobs. Each worker's heartbeat is in
    `beats`."""

    def __init__(self, lives: tuple[int, ...] = (10, 1, 9)) -> None:
        self.beats: dict[int, Any] = {7: datetime(2026, 11, 29, 10, tzinfo=UTC)}
        self.jobs = [SimpleNamespace(id=n, task_name="t", attempts=one, worker_id=7) for n, one in enumerate(lives)]
        self.done: list[tuple[int, str]] = []

    async def execute_query_async(self, query: str, **_: Any) -> None:
        assert "scheduled_at" in query

    async def execute_query_all_async(self, query: str, **_: Any) -> list[dict[str, Any]]:
        return [{"id": worker, "last_heartbeat": beat} for worker, beat in self.beats.items()]

    async def list_jobs_async(self, *, status: str) -> list[SimpleNamespace]:
        return self.jobs

    async def update_heartbeat(self, worker: int) -> None:
        self.beats[worker] = self.beats.get(worker, datetime(2026, 11, 29, 10, tzinfo=UTC)) + timedelta(seconds=1)

    async def retry_job(self, job: SimpleNamespace, **_: Any) -> None:
        if job.id == 1:
            raise UniqueViolation(constraint_name="queueing_lock", queueing_lock="w")
        self.done.append((job.id, "again"))

    async def finish_job(self, job: SimpleNamespace, status: Any, delete_job: bool) -> None:
        self.done.append((job.id, "forgotten" if delete_job else status.value))

    def revive(self, worker: int = 8) -> list[tuple[int, str]]:
        """Runs the task once in a worker and returns what it did."""
        self.done.clear()
        app, job = SimpleNamespace(job_manager=self, connector=self), SimpleNamespace(id=100, worker_id=worker)
        context = SimpleNamespace(app=app, job=job)
        asyncio.run(jobs.revive_stalled.func(context))
        return self.done


def test_a_job_that_kills_its_workers_is_given_up_and_none_keeps_another_from_starting_again() -> None:
    database = Database()
    database.beats.clear()
    assert database.revive() == [(0, "failed"), (1, "forgotten"), (2, "again")]


@each("hours", [1, -1], undone=True)
def test_a_database_clock_that_is_set_neither_revives_living_jobs_nor_spares_dead_ones(hours: int) -> None:
    """The heartbeats are moments of the database's clock. A living worker stamps the next one 5 s later."""
    database = Database(lives=(0,))
    with clock.hold(clock.now()) as held:
        for _ in range(6):
            assert database.revive() == []
            held.move(seconds=10)
            database.beats[7] += timedelta(seconds=10)
        database.beats[7] += timedelta(hours=hours)
        for _ in range(6):
            assert database.revive() == []
            held.move(seconds=10)
            database.beats[7] += timedelta(seconds=10)
        assert database.revive() == []  # the worker dies here
        held.move(seconds=19)
        assert database.revive() == []
        held.move(seconds=2)
        assert database.revive() == [(0, "again")]


def running(job: int) -> Any:
    """A block in which the job runs in this process."""
    return jobs._measured("t", SimpleNamespace(job=SimpleNamespace(id=job, attempts=0)))  # type: ignore[arg-type]


def test_a_worker_that_works_counts_as_alive_without_its_heartbeat() -> None:
    """Procrastinate's heartbeat ends at its first error. The running jobs of the worker must not start again then."""
    database = Database(lives=(0,))
    with clock.hold(clock.now()) as held, running(0):
        for _ in range(6):
            assert database.revive(worker=7) == []
            held.move(seconds=10)
        assert database.revive(worker=8) == [], "for other workers it is alive, too"


def test_a_job_whose_end_was_not_stored_starts_again() -> None:
    """Its connection was lost then. The worker lives on, and another job may wait for the lock of this one."""
    database = Database(lives=(0,))
    with clock.hold(clock.now()) as held:
        with running(0):
            for _ in range(3):
                assert database.revive(worker=7) == []
                held.move(seconds=10)
        assert database.revive(worker=7) == []
        held.move(seconds=19)
        assert database.revive(worker=7) == []
        held.move(seconds=2)
        assert database.revive(worker=7) == [(0, "again")]


def test_a_wait_that_a_clock_prolonged_by_an_hour_ends() -> None:
    """A retry waits at most a minute. A job that is queued for a later moment waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, scheduled_at) VALUES"
            " ('q', 'retry', 'todo', 1, now() + interval '1 hour'), ('q', 'soon', 'todo', 1, now() + interval '50 s'),"
            " ('q', 'later', 'todo', 0, now() + interval '1 hour')"
        )
        cursor.execute(jobs._PULL, {"seconds": 65})
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE scheduled_at <= now()")
        assert cursor.fetchall() == [("retry",)]


def test_retries_wait_a_minute_at_most() -> None:
    retry = jobs.app.tasks["imports.run"].retry_strategy
    waits = []
    for attempts in range(50):
        decision = retry.get_retry_decision(exception=ValueError(), job=SimpleNamespace(attempts=attempts))
        waits.append(round((decision.retry_at - datetime.now(UTC)).total_seconds()))
    assert waits[:7] == [2, 4, 8, 16, 32, 60, 60]
    assert set(waits[6:]) == {60}
    assert retry.get_retry_decision(exception=ValueError(), job=SimpleNamespace(attempts=50)) is None


def test_worker_starts_with_the_first_connection_that_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the other ones come later. Procrastinate gives up after 30 s without all of `min_size`."""

    async def start() -> float:
        connector = jobs.worker_connector()
        opened, connect = [], psycopg.AsyncConnection.connect

        async def slow(*arguments: Any, **options: Any) -> Any:
            opened.append(None)
            if len(opened) > 1:
                await asyncio.sleep(60)
            return await connect(*arguments, **options)

        monkeypatch.setattr(psycopg.AsyncConnection, "connect", slow)
        began = time.monotonic()
        await connector.open_async()
        took = time.monotonic() - began
        await connector.close_async()
        return took

    assert asyncio.run(start()) < 20
