"""Metrics of backups."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from wabolt.lib.metrics import gauge, one, register_figures

NEWEST = """
    SELECT extract(epoch FROM max(r.started_at))
    FROM backups_backuprun r JOIN backups_backupcopy c ON c.run_id = r.id AND c.is_good
    WHERE r.state = 'good'
"""


def register() -> None:
    """Registers the metrics."""
    register_figures(read)


def read() -> Iterator[Metric]:
    """Reads the metrics of this room."""
    yield gauge("wabolt_backup_time_seconds", "Unix time of the last backup that passed its test.", [], one(NEWEST))
