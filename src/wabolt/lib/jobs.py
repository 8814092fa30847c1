"""Coarse background work (imports, freezing an audience, rollups) behind a small interface.

A task is declared in a room's `tasks.py` and deferred by name from its services, in the transaction of the change it
belongs to: a rollback leaves no job. Messages and events are never jobs; they have lanes and consumers. The engine is
Procrastinate (docs/adr/0002-postgresql-is-the-only-engine.md).
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from django.db import transaction
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from wabolt.lib import clock, metrics
from wabolt.lib.log_lines import log_event
from wabolt.lib.schedule import Schedule

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)

STALLED_AFTER = timedelta(seconds=20)
"""A worker without a heartbeat for this long counts as dead. Its jobs start again."""
MAX_STARTS = 10
"""A job that was started this often without an end kills its workers, for example by using all memory."""
LONGEST_RETRY = timedelta(minutes=1)
"""Longest wait before a failed job starts again."""
CONNECT_WITHIN = 20
"""Seconds that a worker waits for a new connection to the database."""
START_AGAIN_AFTER = 1.0
"""Seconds before a worker that lost the database connects again."""
LOOK_FOR_DUE = 1.0
"""Seconds between two searches for jobs whose `at` has come. Jobs without `at` wake the worker at once."""
AFTER_OTHERS = -10
"""The priority of jobs that start when no other job waits."""
_REVIVE = "jobs.revive_stalled"


class _Backoff(BaseRetryStrategy):
    """Waits 2, 4, 8 ... seconds, at most LONGEST_RETRY, between at most `attempts` runs."""

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= self.attempts:
            return None
        wait = min(2 ** min(job.attempts + 1, 10), int(LONGEST_RETRY.total_seconds()))
        return RetryDecision(retry_in={"seconds": wait})


def task(name: str, *, attempts: int = 5, after_others: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declares a background task.

    A worker may die at any moment, so the task must be safe to run again, from its start or from its recorded progress.
    `attempts` is the maximum number of runs that end with an exception. `after_others`: a job starts only if no other
    job waits. For jobs that are very many and may be slow, such as calls to addresses of shops.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        def run(context: JobContext, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with _measured(name, context):
                return function(*args, **kwargs)

        priority = AFTER_OTHERS if after_others else 0
        app.task(name=name, retry=_Backoff(attempts), pass_context=True, priority=priority)(run)
        return function

    return declare


def every(cron: str, name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Declares a task that runs at each moment of the `cron` expression (UTC), once across all workers.

    See `lib.schedule`. A sixth field holds the seconds. `**_earlier`: a job that an earlier version queued carries its
    moment.
    """

    def declare(function: Callable[[], None]) -> Callable[[], None]:
        def run(context: JobContext, /, **_earlier: Any) -> None:
            with _measured(name, context):
                function()

        app.task(name=name, queueing_lock=name, pass_context=True)(run)
        _schedule.add(name, cron)
        return function

    return declare


@contextmanager
def _measured(name: str, context: JobContext) -> Iterator[None]:
    """Counts and logs one run of a job."""
    began, result = time.monotonic(), "failed"
    _running.add(context.job.id)
    try:
        yield
        result = "done"
    finally:
        _running.discard(context.job.id)
        seconds = time.monotonic() - began
        metrics.jobs.labels(name, result).inc()
        metrics.job_seconds.labels(name).observe(seconds)
        log_event(
            log, "job", task=name, id=context.job.id, attempt=context.job.attempts + 1, result=result,
            ms=round(seconds * 1000),
        )  # fmt: skip


def defer(
    name: str, *, at: datetime | None = None, once: str | None = None, lock: str | None = None, **arguments: Any
) -> None:
    """Queues task `name` with JSON `arguments` in the current transaction.

    `at`: the earliest start. `once`: a second job with this queueing lock is not queued while the first one waits.
    `lock`: jobs with one lock run one after another.
    """
    job = app.configure_task(name, queueing_lock=once, lock=lock, schedule_at=at)
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction survives the refusal
            job.defer(**arguments)
    except AlreadyEnqueued:
        log.debug("%s already waits under %s", name, once)


def count_jobs() -> list[tuple[str, str, int]]:
    """(task, status, number) of the jobs that wait, run or failed."""
    return metrics.rows("SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2")


_schedule = Schedule(lambda name: defer(name, once=name))


def worker_connector() -> PsycopgConnector:
    """Returns the connections of a worker (Django's own connector is for deferring only).

    Procrastinate gives up when `min_size` connections are not open after 30 s. A machine that is just starting is too
    slow for four connections, so `min_size` is 1. It may also need more than the five seconds that pages wait for a
    connection (settings), so the worker waits CONNECT_WITHIN.
    """
    parameters = {**connector_params(), "connect_timeout": CONNECT_WITHIN}
    return PsycopgConnector(kwargs=parameters, min_size=1, max_size=4)


def run_worker(*, concurrency: int = 2, wait: bool = True) -> None:
    """Runs jobs, also periodic ones, until a signal ends the process. With `wait=False`: until the queue is empty.

    Procrastinate tries again if a statement finds its connection closed, but ends if the connection is lost during a
    commit. The worker starts again then.
    """
    with _scheduling(wait):
        while True:
            try:
                _run(concurrency=concurrency, wait=wait)
            except ConnectorException:
                if not wait:
                    raise
                log.warning("the worker lost its connection to the database and starts again", exc_info=True)
                time.sleep(START_AGAIN_AFTER)
            else:
                return


def _run(*, concurrency: int, wait: bool) -> None:
    _working_app().run_worker(
        concurrency=concurrency,
        wait=wait,
        delete_jobs="successful",
        install_signal_handlers=wait,
        listen_notify=wait,
        stalled_worker_timeout=STALLED_AFTER.total_seconds(),
        update_heartbeat_interval=5.0,
        fetch_job_polling_interval=LOOK_FOR_DUE,
    )


def _working_app() -> App:
    """Returns an app for the worker with the tasks of `app` and connections of its own.

    `app` keeps Django's connection, so a job that is deferred inside a job or by the schedule is part of the caller's
    transaction. The connections of the worker belong to its event loop: a lock of their pool that another thread waits
    for stops both.
    """
    working = App(connector=worker_connector(), worker_defaults=app.worker_defaults)
    working.tasks = app.tasks
    return working


@contextmanager
def _scheduling(is_on: bool) -> Iterator[None]:
    stop = _schedule.start() if is_on else None
    try:
        yield
    finally:
        if stop is not None:
            stop.set()


class _Silence:
    """Measures on this process's own clock for how long the heartbeats of workers have not changed.

    The clock of the database, which stamps the heartbeats, may be set.
    """

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Any, float]] = {}

    def silent(self, beats: dict[int, Any]) -> set[int]:
        """Returns the workers that are silent for STALLED_AFTER. `beats`: the last heartbeat of each worker."""
        now = clock.elapsed()
        self._seen = {
            worker: known if (known := self._seen.get(worker, (None, now)))[0] == beat else (beat, now)
            for worker, beat in beats.items()
        }
        return {w for w, (_beat, since) in self._seen.items() if now - since >= STALLED_AFTER.total_seconds()}


_silence = _Silence()
_running: set[int | None] = set()
"""The ids of the jobs that run in this process."""
_unfinished = _Silence()
"""Jobs of this worker that have ended, by their id. A lost connection kept their end from being stored."""
_BEATS = "SELECT id, last_heartbeat FROM procrastinate_workers"
# The clock that computed the start of a retry was ahead of the database's, or was set back since.
_PULL = """
    UPDATE procrastinate_jobs SET scheduled_at = now()
    WHERE status = 'todo' AND attempts > 0 AND scheduled_at > now() + %(seconds)s * interval '1 second'
"""


@app.task(name=_REVIVE, queueing_lock=_REVIVE, pass_context=True)
async def revive_stalled(context: JobContext, /, **_earlier: Any) -> None:
    """Restarts jobs that are still marked as running: those of killed workers, and those of its own worker that have
    ended. Shortens waits that are longer than those of any retry, as a changed wall clock leaves them.

    It also sends a heartbeat for its own worker, because Procrastinate's heartbeat ends at its first error.
    """
    connector, manager, own_worker = context.app.connector, context.app.job_manager, context.job.worker_id
    if own_worker is not None:
        await manager.update_heartbeat(own_worker)
    await connector.execute_query_async(_PULL, seconds=LONGEST_RETRY.total_seconds() + 5)
    beats = {row["id"]: row["last_heartbeat"] for row in await connector.execute_query_all_async(_BEATS)}
    silent = _silence.silent(beats) - {own_worker}
    doing = list(await manager.list_jobs_async(status=Status.DOING.value))
    own_jobs = {job.id for job in doing if job.id is not None and job.worker_id == own_worker}
    left = _unfinished.silent(dict.fromkeys(own_jobs - _running - {context.job.id}, True))
    for job in doing:
        if job.worker_id in beats and job.worker_id not in silent and job.id not in left:
            continue
        if job.attempts >= MAX_STARTS:
            log.error("job %s (%s) outlived %s workers and is given up", job.id, job.task_name, job.attempts)
            await manager.finish_job(job, Status.FAILED, delete_job=False)
            continue
        log.warning("job %s (%s) is marked as running in no worker and starts again", job.id, job.task_name)
        try:
            await manager.retry_job(job, retry_at=clock.now())
        except UniqueViolation:  # a waiting job has the same queueing lock and does the same work
            await manager.finish_job(job, Status.FAILED, delete_job=True)


_schedule.add(_REVIVE, "* * * * * */10")
