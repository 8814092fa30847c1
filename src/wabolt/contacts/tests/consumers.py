"""A consumer for tests that writes one row for each event."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from wabolt.contacts.registry import EventConsumer, LoggedEvent

NAME = "test_copy"


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


def wait_for_horizon() -> None:
    """Until no older transaction of the cluster is open: parallel suites share it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        newest = cursor.fetchone()[0]
        patience, pause = time.monotonic() + 60, threading.Event()
        while time.monotonic() < patience:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= newest:
                return
            pause.wait(0.01)
