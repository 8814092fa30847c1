"""Metrics of the consumers of the event log."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from wabolt.contacts.queries.consumers import LAG_COUNTED, consumer_lags
from wabolt.lib.metrics import gauge, register_figures, rows

OLDEST_UNREAD = """
    SELECT c.name, (SELECT extract(epoch FROM clock_timestamp() - e.time) FROM contacts_event e
                    WHERE (e.position, e.id) > (c.position, c.event_id) ORDER BY e.position, e.id LIMIT 1)
    FROM contacts_consumer c ORDER BY c.name
"""
HELD = "SELECT name, (holder <> '')::int FROM contacts_consumer ORDER BY name"


def register() -> None:
    """Registers the metrics."""
    register_figures(read)


def read() -> Iterator[Metric]:
    """Reads the metrics of all consumers."""
    lags = consumer_lags(None)
    yield gauge(
        "wabolt_consumer_lag_events", f"Events that wait for this consumer, at most {LAG_COUNTED}.", ["consumer"],
        [([lag.consumer.name], lag.unread) for lag in lags],
    )  # fmt: skip
    yield gauge(
        "wabolt_consumer_parked_events", "Events that this consumer could not process.", ["consumer"],
        [([lag.consumer.name], lag.parked) for lag in lags],
    )  # fmt: skip
    yield gauge(
        "wabolt_consumer_lag_seconds", "Age of the oldest event that waits for this consumer.", ["consumer"],
        [([name], age or 0) for name, age in rows(OLDEST_UNREAD)],
    )  # fmt: skip
    yield gauge(
        "wabolt_consumer_held", "1: a process works this consumer.", ["consumer"],
        [([name], held) for name, held in rows(HELD)],
    )  # fmt: skip
