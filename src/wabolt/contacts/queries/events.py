"""Following and showing the event log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Event


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a follower has read: everything up to this (transaction, id). Store the two numbers."""

    xid: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Followed:
    """One event as a follower gets it."""

    id: int
    workspace_id: int
    contact_id: int
    kind: str
    time: datetime
    data: dict[str, Any]


def follow(cursor: Cursor, limit: int = 1000, kinds: Sequence[str] | None = None) -> tuple[list[Followed], Cursor]:
    """The next events after `cursor` over all workspaces, at most `limit`, and the cursor behind them.

    Only transactions that can have no unfinished elder are read (below `pg_snapshot_xmin`), so a row that commits
    late is never skipped; an open transaction holds followers back until it ends. With `kinds` the others are passed
    over. Each event is handed out once per cursor, in the order (transaction, id).
    """
    with connection.cursor() as db:
        db.execute(
            """
            SELECT xid::text::bigint, id, workspace_id, contact_id, kind, time, data FROM contacts_event
            WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
              AND (%s::text[] IS NULL OR kind = ANY(%s::text[]))
            ORDER BY xid, id LIMIT %s
            """,
            [str(cursor.xid), cursor.id, *[list(kinds) if kinds is not None else None] * 2, limit],
        )
        rows = db.fetchall()
    if not rows:
        return [], cursor
    return [Followed(*row[1:]) for row in rows], Cursor(rows[-1][0], rows[-1][1])


def end_of_log() -> Cursor:
    """The cursor of a follower that wants only what comes from now on."""
    with connection.cursor() as db:
        db.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return Cursor(db.fetchone()[0] - 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    events: list[Event]
    next: str
    """What `after` the next older page takes; empty at the end."""


# Events cannot change hands: those of contacts that were joined into this one are read with its own.
_JOINED = """contact_id = ANY(ARRAY(
    WITH RECURSIVE joined (id) AS (
        SELECT %s::bigint UNION
        SELECT m.absorbed_id FROM contacts_merge m JOIN joined ON m.kept_id = joined.id WHERE m.undone_at IS NULL)
    SELECT id FROM joined))"""


def _events_of(workspace: Workspace, contact: Contact) -> QuerySet[Event]:
    rows = Event.objects.filter(workspace=workspace)
    return rows.extra(where=[_JOINED], params=[contact.pk])  # noqa: S610 - a constant of this module


def timeline(
    workspace: Workspace, contact: Contact, *, kinds: Sequence[str] = (), after: str = "", limit: int = 30
) -> TimelinePage:
    """What happened to a contact, newest first, page by page. An `after` that is no cursor counts as none."""
    rows = _events_of(workspace, contact)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    where, _, event_id = after.partition("_")
    try:
        moment, last = datetime.fromisoformat(where), int(event_id)
        if moment.tzinfo is not None:
            rows = rows.extra(where=["(time, id) < (%s, %s)"], params=[moment, last])
    except (ValueError, OverflowError):
        pass
    page = list(rows.order_by("-time", "-id")[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return TimelinePage(page, f"{page[-1].time.isoformat()}_{page[-1].id}" if more else "")


def kinds_of(workspace: Workspace, contact: Contact) -> list[str]:
    """Which kinds of event this contact has, for the filter of the timeline."""
    rows = _events_of(workspace, contact).order_by("kind")
    return list(rows.values_list("kind", flat=True).distinct())


def last_talked(workspace: Workspace, contact_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these contacts last wrote to us or was written to; who never was has no entry."""
    talked = Event.objects.filter(
        workspace=workspace, contact__in=contact_ids, kind__in=("message_sent", "message_received")
    )
    return dict(talked.order_by().values_list("contact").annotate(Max("time")))
