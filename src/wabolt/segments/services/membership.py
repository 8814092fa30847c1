"""Writes the members of live segments and the events about entering and leaving."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.lib.waits import running_by_start
from wabolt.segments.queries import SegmentSql

ENTERED, LEFT = "segment_entered", "segment_left"
"""The kinds of events. Their data is {"segment": id}."""
MINIMUM_STAY = dt.timedelta(minutes=10)
"""A contact that leaves a segment and returns within this time has not left it. `segment_left` is recorded after it."""

Pair = tuple[int, int]
"""The ids of a segment and a contact."""

_ENTER = statement(__file__, "enter")
_LEAVE = statement(__file__, "leave")
_DEPART = statement(__file__, "depart")
_FILL = """
INSERT INTO segments_livemember (segment_id, contact_id, since) SELECT %s, id, %s FROM ({found}) AS found
    ON CONFLICT DO NOTHING
"""
_COUNT_DAY = """
INSERT INTO segments_liveday AS d (segment_id, day, entered, "left")
SELECT segment_id, %(day)s, entered, gone
  FROM unnest(%(segments)s::bigint[], %(entered)s::int[], %(left)s::int[]) AS c (segment_id, entered, gone)
    ON CONFLICT (segment_id, day) DO UPDATE
   SET entered = d.entered + excluded.entered, "left" = d."left" + excluded."left"
"""


def enter(*, workspace: Workspace, pairs: Sequence[Pair], is_quiet: bool) -> None:
    """Stores that contacts are in segments (locked by the caller), with `segment_entered` for each contact that was not
    in it MINIMUM_STAY ago. `is_quiet`: without events."""
    if not pairs:
        return
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, {**_columns(pairs), "now": now})
        new = cursor.fetchall()
    if not is_quiet:
        _tell(workspace, ENTERED, [(segment, contact, now) for segment, contact in new])


def fill(*, segment: int, members: SegmentSql) -> None:
    """Stores that the contacts that a statement finds are in a segment (locked by the caller), without events."""
    with connection.cursor() as cursor:
        cursor.execute(_FILL.format(found=members.sql), [segment, clock.now(), *members.params])


def leave(*, pairs: Sequence[Pair], is_quiet: bool) -> None:
    """Stores that contacts are not in segments (locked by the caller). `tell_departures` records the events after
    MINIMUM_STAY. Erased contacts and `is_quiet`: without events."""
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(_LEAVE, {**_columns(pairs), "now": clock.now(), "tells": not is_quiet})


def tell_departures(*, workspace: Workspace, segments: Sequence[int]) -> int:
    """Records `segment_left` for the contacts that left these segments (locked by the caller) MINIMUM_STAY ago or
    earlier. Returns their number."""
    with connection.cursor() as cursor:
        staying = running_by_start(MINIMUM_STAY)
        cursor.execute(_DEPART, {"segments": list(segments), **staying._asdict()})
        gone = cursor.fetchall()
    _tell(workspace, LEFT, gone)
    return len(gone)


def _columns(pairs: Sequence[Pair]) -> dict[str, list[int]]:
    return {"segments": [segment for segment, _ in pairs], "contacts": [contact for _, contact in pairs]}


def _tell(workspace: Workspace, kind: str, rows: Iterable[tuple[int, int, dt.datetime]]) -> None:
    entries = list(rows)
    if not entries:
        return
    events = (NewEvent(contact, kind, at, {"segment": segment}) for segment, contact, at in entries)
    record_events(workspace=workspace, events=events)
    by_segment = sorted(Counter(segment for segment, _contact, _at in entries).items())
    counts, none = [count for _segment, count in by_segment], [0] * len(by_segment)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT_DAY,
            {
                "day": clock.now().astimezone(workspace.tz).date(),
                "segments": [segment for segment, _count in by_segment],
                "entered": counts if kind == ENTERED else none,
                "left": counts if kind == LEFT else none,
            },
        )
