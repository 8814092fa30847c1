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

    async def retry_job(self, job: SimpleNamespace, **_: Any) -> None:
        if job.id == 1:
            raise UniqueViolation(constraint_name="queueing_lock", queueing_lock="w")
        self.done.append((job.id, "again"))

    async def finish_job(self, job: SimpleNamespace, status: Any, delete_job: bool) -> None:
        self.done.append((job.id, "forgotten" if delete_job else status.value))

    def revive(self) -> list[tuple[int, str]]:
        """Runs the task once and returns what it did."""
        self.done.clear()
        context = SimpleNamespace(app=SimpleNamespace(job_manager=self, connector=self))
        asyncio.run(jobs.revive_stalled.func(context))
        return self.done


def test_a_job_that_kills_its_workers_is_given_up_and_none_keeps_another_from_starting_again() -> None:
    database = Database()
    database.beats.clear()
    assert database.revive() == [(0, "failed"), (1, "forgotten"), (2, "again")]


@pytest.mark.parametrize("hours", [1, -1])
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
