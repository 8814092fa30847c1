"""The only statements that move people, end their enrollments and write their runs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.journeys.queries.facts import newest_event
from wabolt.journeys.rules.keys import step_key_sql
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.messaging.services import cancel_queued

_RUNS = """
INSERT INTO journeys_steprun (enrollment_id, step_id, visit, at, outcome, detail)
SELECT r.id, r.step, r.visit, %(now)s, r.outcome, r.detail
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id bigint, step bigint, visit int, outcome text, detail jsonb)
"""
_HOLD = """
SELECT count(*) FROM (
    SELECT FROM contacts_contact WHERE id IN (
           SELECT contact_id FROM journeys_enrollment WHERE state IN ('active', 'parked') AND {column} = ANY(%s))
     ORDER BY id FOR KEY SHARE) AS held
"""
_MOVE = statement(__file__, "move")
_END = statement(__file__, "end")
_KEYS = f"""
SELECT {step_key_sql("r")} FROM journeys_steprun r
 WHERE r.enrollment_id = ANY(%s) AND r.outcome = 'sent'
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A step that a person went through."""

    enrollment_id: int
    step_id: int
    visit: int
    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """A new position. `step_id` None: the person has finished. `due`: when the engine works on the new step; None: at
    once. `is_behind` as in Enrollment."""

    enrollment_id: int
    step_id: int | None
    since: datetime
    is_behind: bool = False
    due: datetime | None = None


def hold_people(column: Literal["id", "journey_id", "step_id", "contact_id"], values: Collection[int]) -> None:
    """Locks the contacts of people inside, as `contacts.services.hold_contacts` does: those whose enrollment has one of
    these values in this column. A transaction that ends or moves several people calls it before it locks the first."""
    if values:
        with connection.cursor() as cursor:
            cursor.execute(_HOLD.format(column=column), [list(values)])


def write_runs(runs: Sequence[Run], now: datetime) -> None:
    """Adds runs. Raises IntegrityError for the second run of a visit."""
    # One JSON text is read much faster than arrays of texts and times.
    rows = [
        {"id": run.enrollment_id, "step": run.step_id, "visit": run.visit, "outcome": run.outcome, "detail": run.detail}
        for run in runs
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_RUNS, {"rows": json.dumps(rows), "now": now})


def move(moves: Sequence[Move], now: datetime, *, today: date | None) -> None:
    """Sets new positions. `today`: the day of the shop on which the step that they leave counts; None: it does not."""
    rows = [
        {
            "id": one.enrollment_id,
            "step": one.step_id,
            "since": one.since.isoformat(),
            "due": (one.due or one.since).isoformat(),
            "behind": one.is_behind,
        }
        for one in moves
    ]
    if rows:
        values: dict[str, Any] = {"rows": json.dumps(rows), "now": now, "today": today, "newest": newest_event()}
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, values)


def set_due(due: Mapping[int, datetime]) -> None:
    """Sets when the engine works on people who stay where they are."""
    if due:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE journeys_enrollment e SET due_at = v.due"
                " FROM unnest(%s::bigint[], %s::timestamptz[]) AS v (id, due) WHERE e.id = v.id",
                [list(due), list(due.values())],
            )


def end(workspace: Workspace, reasons: Mapping[int, str]) -> int:
    """Ends these enrollments, which are open, and cancels their queued messages. Returns how many were open."""
    if not reasons:
        return 0
    ids = list(reasons)
    with connection.cursor() as cursor:
        cursor.execute(_END, {"ids": ids, "reasons": list(reasons.values()), "now": clock.now()})
        ended = int(cursor.rowcount)
    cancel_messages(workspace, ids)
    return ended


def cancel_messages(workspace: Workspace, enrollment_ids: Collection[int]) -> None:
    """Cancels the messages of these enrollments that are still queued."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [list(enrollment_ids)])
        keys = [key for (key,) in cursor.fetchall()]
    if keys:
        cancel_queued(workspace=workspace, reason="journey_left", keys=keys)
