"""Periodic jobs are queued once for each moment, and a wall clock that is set stops none of them."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from procrastinate.exceptions import ConnectorException
from tests.cases import each
from tests.shared import database_url

from wabolt.lib import clock, jobs, schedule
from wabolt.lib.schedule import Schedule

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 29, 10, 0, 30, tzinfo=UTC)


class Worker:
    """A schedule and the jobs that it queued."""

    def __init__(self, **jobs: str) -> None:
        self.queued: list[str] = []
        self.schedule = Schedule(self.queued.append)
        for name, cron in jobs.items():
            self.schedule.add(name, cron)

    def tick(self) -> list[str]:
        """Returns the jobs that this look queues."""
        self.queued.clear()
        self.schedule.tick()
        return list(self.queued)


@pytest.fixture(autouse=True)
def _empty(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_periodic_defers; DELETE FROM procrastinate_jobs")


def test_each_moment_is_queued_once_across_workers() -> None:
    one, two = Worker(a="* * * * *"), Worker(a="* * * * *")
    with clock.hold(START) as held:
        assert one.tick() + two.tick() == ["a"]
        held.move(seconds=29)
        assert one.tick() + two.tick() == []
        held.move(seconds=2)
        assert two.tick() + one.tick() == ["a"]


def test_seconds_and_days() -> None:
    worker = Worker(often="* * * * * */10", daily="41 10 * * *")
    with clock.hold(START) as held:
        assert worker.tick() == ["often", "daily"]
        held.move(seconds=11)
        assert worker.tick() == ["often"]
        held.move(minutes=45)
        assert worker.tick() == ["often", "daily"]


def test_a_moment_that_was_missed_is_queued_once_at_the_start() -> None:
    with clock.hold(START) as held:
        Worker(a="*/5 * * * *", daily="41 2 * * *").tick()
        held.move(hours=20)
        late = Worker(a="*/5 * * * *", daily="41 2 * * *")
        assert late.tick() == ["a", "daily"]
        assert Worker(a="*/5 * * * *", daily="41 2 * * *").tick() == []


@each("hours", [1, -1], undone=True)
def test_a_clock_that_is_set_stops_no_job(hours: int) -> None:
    worker = Worker(minutely="* * * * *", often="* * * * * */10")
    with clock.hold(START) as held:
        for _ in range(12):
            held.move(seconds=10)
            worker.tick()
        with clock.skewed(timedelta(hours=hours)):
            held.move(seconds=1)
            assert "often" in worker.tick()
            queued = []
            for _ in range(60):
                held.move(seconds=1)
                queued += worker.tick()
            assert queued.count("minutely") == 1
            assert queued.count("often") == 6


def test_a_worker_that_starts_after_the_clock_was_set_back_queues_at_once() -> None:
    with clock.hold(START) as held:
        Worker(a="* * * * *").tick()
        held.move(hours=-1)
        assert Worker(a="* * * * *").tick() == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_another_transaction_queues_delays_no_other_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LOCK_WITHIN", 0.1)
    worker = Schedule(lambda name: jobs.defer(name, once=name))
    for name in ("a", "b"):
        worker.add(name, "* * * * *")
    with psycopg.connect(database_url()) as other:
        other.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock) VALUES ('default', 'a', 'a')"
        )
        worker.tick()
        assert _waiting() == ["b"]
        other.rollback()
    worker.tick()
    assert _waiting() == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_no_error_ends_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LOOK_EVERY", 0.01)
    errors, is_queued = [ConnectorException(), RuntimeError("bound to a different event loop")], threading.Event()

    def queue(_name: str) -> None:
        if errors:
            raise errors.pop()
        is_queued.set()

    worker = Schedule(queue)
    worker.add("a", "* * * * *")
    stop = worker.start()
    try:
        assert is_queued.wait(30)
    finally:
        stop.set()
        for thread in threading.enumerate():
            if thread.name == "schedule":
                thread.join()


def _waiting() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.floats(-7200, 7200, allow_nan=False), min_size=1, max_size=8))
def test_after_any_jumps_the_job_runs_every_minute(steps: list[float]) -> None:
    worker = Worker(a="* * * * *")
    with clock.hold(START) as held:
        for step in steps:
            held.move(seconds=step)
            worker.tick()
        queued = []
        for _ in range(180):
            held.move(seconds=1)
            queued += worker.tick()
        assert len(queued) == 3
