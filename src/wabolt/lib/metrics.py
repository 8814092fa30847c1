"""The figures of the Prometheus endpoint: what each process counts, and what rooms read from the database.

A process counts in memory. Its heartbeat stores the counts in the database (`operations.services.beating`), so one
scrape of any web process shows every process on every machine. `register_figures` adds figures that are read at the
time of the scrape; their cost must not grow with the number of messages or contacts.

Labels hold ids, states and names from the code; never a name, number or text of a person.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

disable_created_metrics()  # type: ignore[no-untyped-call]
COUNTED = CollectorRegistry()
"""The counts of this process since its start."""
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

requests = Counter("wabolt_requests", "Answered requests.", ["route", "method", "status"], registry=COUNTED)
request_seconds = Histogram(
    "wabolt_request_seconds", "Seconds from the first byte to the last.", ["route"], registry=COUNTED, buckets=SECONDS
)
sends = Counter("wabolt_sends", "Attempts to send a message, by outcome.", ["channel", "result"], registry=COUNTED)
receipts = Counter("wabolt_receipts", "New receipts of sent messages.", ["channel", "kind"], registry=COUNTED)
jobs = Counter("wabolt_jobs_run", "Background jobs that ended.", ["task", "result"], registry=COUNTED)
job_seconds = Histogram(
    "wabolt_job_seconds", "Seconds of a background job.", ["task"], registry=COUNTED, buckets=(0.1, 1, 10, 60, 600)
)

Figures = Callable[[], Iterable[Metric]]
_figures: list[Figures] = []


def register_figures(read: Figures) -> None:
    """Adds metrics that are read from the database at each scrape."""
    if read not in _figures:
        _figures.append(read)


def read_figures() -> Iterable[Metric]:
    """The registered metrics, in the order of registration."""
    for read in _figures:
        yield from read()


def gauge(name: str, documentation: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], Any]]) -> Metric:
    """A metric with the present values: (values of the labels, value)."""
    found = GaugeMetricFamily(name, documentation, labels=labels)
    for label_values, value in values:
        found.add_metric(label_values, float(value))
    return found


def rows(query: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def one(query: str) -> list[tuple[list[str], float]]:
    """The single value of a statement, for `gauge` without labels; nothing for null."""
    ((value,),) = rows(query)
    return [] if value is None else [([], value)]
