"""Writes the event log and creates its monthly partitions."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.lib import clock

MONTHS_BACK = 24
MONTHS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One row for the log. `time`: aware; None means now. `data`: ids and words of ours, never text from a person."""

    contact_id: int
    kind: str
    time: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record_events(*, workspace: Workspace, events: Iterable[NewEvent]) -> int:
    """Appends `events` in the caller's transaction with one statement. Returns their number."""
    now = clock.now()
    rows = [(e.contact_id, e.kind, e.time or now, json.dumps(dict(e.data))) for e in events]
    if not rows:
        return 0
    contacts, kinds, times, data = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[]::jsonb[])",
            [workspace.pk, list(contacts), list(kinds), list(times), list(data)],
        )
    return len(rows)


def record_event(*, workspace: Workspace, contact_ids: Iterable[int], kind: str, data: Mapping[str, Any]) -> int:
    """Appends the same event for many contacts with the present time, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)"
            " SELECT %s, unnest(%s::bigint[]), %s, %s, %s::jsonb",
            [workspace.pk, list(contact_ids), kind, clock.now(), json.dumps(dict(data))],
        )
        return int(cursor.rowcount)


def ensure_event_partitions(*, back: int = 1, ahead: int = MONTHS_AHEAD) -> list[str]:
    """Creates the missing monthly partitions from `back` months ago to `ahead` months ahead (UTC), each in its own
    transaction. Returns their names. Rows in the default partition move into them.

    Runs once a day (tasks.py), never inside an insert. It waits at most two seconds for locks, so that no other
    transaction queues behind it; the next run tries again.
    """
    today = clock.now().astimezone(UTC)
    first = today.year * 12 + today.month - 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'contacts_event'::regclass")
        present = {name for (name,) in cursor.fetchall()}
    made = []
    for month in range(first - back, first + ahead + 1):
        name = partition_name(month)
        if name not in present:
            _make_partition(name, _start_of(month), _start_of(month + 1))
            made.append(name)
    return made


def partition_name(month: int) -> str:
    """Returns the table name of a month, counted as year * 12 + month - 1."""
    return f"contacts_event_{month // 12:04}_{month % 12 + 1:02}"


def _start_of(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _make_partition(name: str, start: datetime, end: datetime) -> None:
    span = [start, end]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(f"CREATE TABLE {name} (LIKE contacts_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        # Writers of the default partition wait from here on, because a row added now would not be moved.
        cursor.execute("LOCK TABLE contacts_event_rest IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            f"WITH moved AS (DELETE FROM contacts_event_rest WHERE time >= %s AND time < %s RETURNING *)"
            f" INSERT INTO {name} SELECT * FROM moved",
            span,
        )
        literals = [f"'{moment.isoformat()}'" for moment in span]
        cursor.execute(
            f"ALTER TABLE contacts_event ATTACH PARTITION {name} FOR VALUES FROM ({literals[0]}) TO ({literals[1]})"
        )
