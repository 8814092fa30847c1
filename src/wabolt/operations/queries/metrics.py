"""The answer of the Prometheus endpoint."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from wabolt.lib.metrics import read_figures
from wabolt.operations.counts import metrics_of
from wabolt.operations.queries.processes import living_processes


class _Installation(Collector):
    def collect(self) -> Iterator[Metric]:
        began = time.monotonic()
        yield from read_figures()
        yield from _counted()
        lasted = GaugeMetricFamily("wabolt_scrape_seconds", "Seconds that this scrape took.")
        lasted.add_metric([], time.monotonic() - began)
        yield lasted


def _counted() -> Iterator[Metric]:
    """The stored counts of all living processes."""
    return metrics_of((process.name, process.counts) for process in living_processes().only("name", "counts"))


def exposition() -> bytes:
    """Returns all metrics in the text format of Prometheus (version 0.0.4)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Installation())
    return generate_latest(registry)
