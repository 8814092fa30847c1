"""The metrics of the installation: processes, jobs, database and disk."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from wabolt import __version__
from wabolt.lib.jobs import count_jobs
from wabolt.lib.metrics import gauge, one, register_figures, rows
from wabolt.operations.queries.readiness import PARTS, free_bytes, readiness

_PROCESSES = """
    SELECT name, kind, extract(epoch FROM clock_timestamp() - beat_at) FROM operations_process
    WHERE ended_at IS NULL AND beat_at > clock_timestamp() - interval '1 hour' ORDER BY name
"""
_WORKERS = "SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers"
_OLDEST_JOB = """
    SELECT extract(epoch FROM clock_timestamp() - min(coalesce(scheduled_at, deferred.at)))
    FROM procrastinate_jobs j
    CROSS JOIN LATERAL (SELECT min(e.at) AS at FROM procrastinate_events e WHERE e.job_id = j.id) AS deferred
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at < clock_timestamp())
"""
_SIZE = "SELECT pg_database_size(current_database())"
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def register() -> None:
    """Registers the metrics."""
    register_figures(read)


def read() -> Iterator[Metric]:
    """Reads the metrics of this room."""
    yield gauge("wabolt_info", "The version that answers this scrape.", ["version"], [([__version__], 1)])
    missing = readiness().missing
    yield gauge("wabolt_ready", "1: this part works.", ["part"], [([part], part not in missing) for part in PARTS])
    beats = rows(_PROCESSES)
    yield gauge(
        "wabolt_heartbeat_age_seconds", "Age of each process's last heartbeat.", ["process", "kind"],
        [([name, kind], age) for name, kind, age in beats],
    )  # fmt: skip
    yield gauge("wabolt_worker_heartbeat_age_seconds", "Age of the newest worker's heartbeat.", [], one(_WORKERS))
    yield gauge(
        "wabolt_jobs", "Background jobs that wait, run or failed.", ["task", "status"],
        [([task, status], count) for task, status, count in count_jobs()],
    )  # fmt: skip
    yield gauge("wabolt_job_oldest_seconds", "Age of the oldest job that is due.", [], one(_OLDEST_JOB))
    yield gauge("wabolt_database_bytes", "Size of the database.", [], one(_SIZE))
    yield gauge("wabolt_database_connections", "Open connections to the database.", [], one(_CONNECTIONS))
    yield gauge("wabolt_disk_free_bytes", "Free bytes on the disk of the home folder.", [], [([], free_bytes())])
