"""The only statements that move people, end their way and write their runs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.journeys.queries.facts import newest_event
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.messaging.services import cancel_queued

_RUNS = """
INSERT INTO journeys_steprun (enrollment_id, step_id, visit, at, outcome, detail)
SELECT * FROM unnest(%(ids)s::bigint[], %(steps)s::bigint[], %(visits)s::int[], %(times)s::timestamptz[],
                     %(outcomes)s::text[], %(details)s::jsonb[])
"""
_MOVE = statement(__file__, "move")
_END = statement(__file__, "end")
_KEYS = """
SELECT 'journey:' || r.enrollment_id || ':' || r.step_id || ':' || r.visit FROM journeys_steprun r
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
    """A new position. `step_id` None: the person has finished. `is_behind` as in Enrollment."""

    enrollment_id: int
    step_id: int | None
    since: datetime
    is_behind: bool = False


def write_runs(runs: Sequence[Run], now: datetime) -> None:
    """Adds runs. Raises IntegrityError for the second run of a visit."""
    if not runs:
        return
    values: dict[str, Any] = {
        "ids": [run.enrollment_id for run in runs],
        "steps": [run.step_id for run in runs],
        "visits": [run.visit for run in runs],
        "times": [now] * len(runs),
        "outcomes": [run.outcome for run in runs],
        "details": [json.dumps(dict(run.detail)) for run in runs],
    }
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, values)


def move(moves: Sequence[Move], now: datetime, *, today: date | None) -> None:
    """Sets new positions. `today`: the day of the shop on which the step that they leave counts; None: it does not."""
    if not moves:
        return
    values: dict[str, Any] = {
        "ids": [one.enrollment_id for one in moves],
        "steps": [one.step_id for one in moves],
        "since": [one.since for one in moves],
        "behind": [one.is_behind for one in moves],
        "now": now,
        "today": today,
        "newest": newest_event(),
    }
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
