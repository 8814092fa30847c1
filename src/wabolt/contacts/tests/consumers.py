"""A consumer for tests that writes one row for each event."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from django.db import connection

from wabolt.contacts.registry import EventConsumer, LoggedEvent

NAME = "test_copy"
PATIENCE = 600
"""Seconds. Hypothesis may shrink a failure for 300 s, in one transaction."""
_OPEN_TRANSACTIONS = """
    SELECT datname, now() - xact_start, state, left(query, 100) FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL ORDER BY xact_start
"""


def copy_events(events: Sequence[LoggedEvent]) -> None:
    """Writes one row for each event. An event of the kind "poison" cannot be processed."""
    for event in events:
        if event.kind == "poison":
            raise ValueError("poison\nDETAIL: (phone)=(+62812)")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consumer_effect (event_id) SELECT unnest(%s::bigint[])", [[event.id for event in events]]
        )


COPY = EventConsumer(NAME, "Copy", copy_events, batch=100)


@contextmanager
def effect_table() -> Iterator[None]:
    """The table of effects exists within this block. It has no unique key, so that a repeated effect is seen."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS consumer_effect")
        cursor.execute("CREATE TABLE consumer_effect (n bigserial, event_id bigint NOT NULL)")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE consumer_effect")


def effects() -> list[int]:
    """The event ids of all effects in the order in which they were written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM consumer_effect ORDER BY n")
        return [event_id for (event_id,) in cursor.fetchall()]


def effect_count() -> int:
    """The number of effects. Cheaper than `effects` for a condition that is asked until it holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM consumer_effect")
        return int(cursor.fetchone()[0])


def wait_for_horizon() -> None:
    """Waits until all transactions that are open now have ended, so that consumers see every committed event.

    Another suite on the same server may hold a transaction open for minutes. Fails after `PATIENCE` and names the open
    transactions.
    """
    assert not connection.in_atomic_block, "the transaction of this test would hold the horizon back itself"
    end = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        newest = cursor.fetchone()[0]
        while True:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= newest:
                return
            if time.monotonic() > end:
                cursor.execute(_OPEN_TRANSACTIONS)
                pytest.fail(f"the horizon did not move for {PATIENCE} s; open transactions: {cursor.fetchall()}")
            time.sleep(0.01)
