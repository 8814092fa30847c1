"""Metrics of alerts."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from wabolt.lib.metrics import gauge, register_figures, rows

OPEN = "SELECT kind, count(*) FROM alerts_alert WHERE resolved_at IS NULL GROUP BY 1 ORDER BY 1"


def register() -> None:
    """Registers the metrics."""
    register_figures(read)


def read() -> Iterator[Metric]:
    """Reads the metrics of this room."""
    yield gauge("wabolt_alerts_open", "Open alerts.", ["kind"], [([kind], count) for kind, count in rows(OPEN)])
