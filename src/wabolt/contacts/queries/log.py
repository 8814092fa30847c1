"""Reading the event log behind an offset."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from wabolt.contacts.registry import LoggedEvent
from wabolt.lib.sql import statement

_READ_KINDS = statement(__file__, "read_log")
_READ_ALL = """
    SELECT position, id, workspace_id, contact_id, kind, time, data FROM contacts_event
    WHERE (position, id) > (%(position)s, %(event_id)s) AND position < contacts_event_horizon()
    ORDER BY position, id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Offset:
    """The last event that was read: its position and id. The default is before the oldest event."""

    position: int = 0
    event_id: int = 0


@dataclass(frozen=True, slots=True)
class LogWindow:
    """A stretch of the log. `size`: how many events it has of any kind; `events`: those asked for; `end`: the offset
    of its last event, which is the start itself when there was none."""

    size: int
    events: list[LoggedEvent]
    end: Offset


def read_log(start: Offset, limit: int, kinds: Collection[str] | None = None) -> LogWindow:
    """The next `limit` events of all workspaces after `start`, in the order (position, id).

    Only events below the horizon are read: every transaction before them has ended. An event that commits late is
    therefore never skipped, and an open transaction holds all readers back until it ends. With `kinds`, events of other
    kinds count towards the window but are not returned.
    """
    values = {"position": start.position, "event_id": start.event_id, "limit": limit}
    with connection.cursor() as db:
        if kinds is None:
            db.execute(_READ_ALL, values)
            rows = db.fetchall()
            if not rows:
                return LogWindow(0, [], start)
            return LogWindow(len(rows), [_event(row[1:]) for row in rows], Offset(*rows[-1][:2]))
        db.execute(_READ_KINDS, {**values, "kinds": list(kinds)})
        found = db.fetchall()
    if not found:
        return LogWindow(0, [], start)
    last = found[-1]
    return LogWindow(last[1], [_event(row[2:]) for row in found if row[5] in kinds], Offset(last[0], last[2]))


def _event(row: tuple[Any, ...]) -> LoggedEvent:
    """The event of a row; Django's cursor returns JSON as text."""
    pk, workspace_id, contact_id, kind, time, data = row
    return LoggedEvent(pk, workspace_id, contact_id, kind, time, json.loads(data))


def end_of_log() -> Offset:
    """The offset behind the newest event: a reader that begins there gets only later events."""
    with connection.cursor() as db:
        db.execute("SELECT contacts_event_horizon()")
        return Offset(db.fetchone()[0] - 1, 2**63 - 1)
