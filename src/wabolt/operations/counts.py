"""The counts of a process as JSON, and back."""

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client.metrics_core import Metric

from wabolt.lib.metrics import COUNTED

Stored = list[list[Any]]
"""[[name, documentation, type, [[sample name, labels, value], ...]], ...]"""


def counts() -> Stored:
    """Returns the counts of this process, without metrics that have counted nothing yet."""
    return [
        [metric.name, metric.documentation, metric.type, [[s.name, s.labels, s.value] for s in metric.samples]]
        for metric in COUNTED.collect()
        if metric.samples
    ]


def metrics_of(stored: Iterable[tuple[str, Stored]]) -> Iterator[Metric]:
    """The metrics of several processes: (name of the process, its stored counts). Each sample gets the label
    `process`."""
    found: dict[str, Metric] = {}
    for process, metrics in stored:
        for name, documentation, kind, samples in metrics:
            metric = found.setdefault(name, Metric(name, documentation, kind))
            for sample, labels, value in samples:
                metric.add_sample(sample, {**labels, "process": process}, value)
    yield from found.values()
