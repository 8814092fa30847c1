"""Metrics of the lanes: how much waits, how long it has waited, and whether a process works the lane."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.metrics_core import Metric

from wabolt.channels.models import Channel
from wabolt.lib.metrics import gauge, register_figures, rows
from wabolt.lib.sql import statement

MOST = 10_000
"""Waiting messages of one lane are counted up to this many, so that a scrape stays cheap."""
AGES = ((60.0, "1m"), (600.0, "10m"), (3600.0, "1h"), (86_400.0, "1d"), (float("inf"), "older"))

QUEUES = statement(__file__, "queues")
LANES = """
    SELECT c.id, c.provider, c.state, (l.holder <> '')::int, (l.paused_at IS NOT NULL)::int, l.sent_today,
        (SELECT count(*) FROM (SELECT 1 FROM messaging_message m
            WHERE m.channel_id = c.id AND m.state = 'sending' LIMIT %(most)s) AS n),
        (SELECT count(*) FROM (SELECT 1 FROM channels_rawevent r
            WHERE r.channel_id = c.id AND r.processed_at IS NULL LIMIT %(most)s) AS n)
    FROM channels_channel c JOIN messaging_lane l ON l.channel_id = c.id
    WHERE c.archived_at IS NULL ORDER BY c.id
"""


def register() -> None:
    """Registers the metrics."""
    register_figures(read)


def read() -> Iterator[Metric]:
    """Reads the metrics of all lanes of channels that are not archived."""
    lanes = [(str(pk), *facts) for pk, *facts in rows(LANES, {"most": MOST})]
    yield gauge(
        "wabolt_channel_state", "1: the state of the channel.", ["channel", "provider", "state"],
        [([pk, provider, one], one == state) for pk, provider, state, *_ in lanes for one in Channel.State.values],
    )  # fmt: skip
    for name, documentation, column in (
        ("wabolt_lane_held", "1: a gateway works this lane.", 3),
        ("wabolt_lane_paused", "1: the lane is paused.", 4),
        ("wabolt_lane_sent_today", "Promotional messages attempted today.", 5),
        ("wabolt_lane_in_flight", f"Attempts without a result, at most {MOST}.", 6),
        ("wabolt_lane_events_waiting", f"Received events that wait to be processed, at most {MOST}.", 7),
    ):
        yield gauge(name, documentation, ["channel"], [([lane[0]], lane[column]) for lane in lanes])
    yield from _queues(rows(QUEUES, {"most": MOST, "ages": [limit for limit, _name in AGES[:-1]]}))


def _queues(rows: list[tuple[Any, ...]]) -> Iterator[Metric]:
    names = [name for _limit, name in AGES]
    yield gauge(
        "wabolt_queue_messages", f"Queued messages by their age, at most {MOST} per lane.", ["channel", "age"],
        [([str(pk), name], count) for pk, _oldest, counts in rows for name, count in zip(names, counts, strict=True)],
    )  # fmt: skip
    yield gauge(
        "wabolt_queue_oldest_seconds", "Age of the oldest queued message that is due.", ["channel"],
        [([str(pk)], oldest) for pk, oldest, _counts in rows if oldest is not None],
    )  # fmt: skip
