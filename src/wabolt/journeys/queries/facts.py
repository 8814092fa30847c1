"""Facts about people in a journey, read for a whole batch at once."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.consent.queries import objectors
from wabolt.contacts.queries import absorbed_of
from wabolt.journeys.registry import Inside, profiles, trigger_kind
from wabolt.journeys.rules.definition import Definition, Happening, Outcome, When
from wabolt.journeys.rules.event_data import json_path
from wabolt.journeys.rules.keys import step_key_sql
from wabolt.lib.sql import statement
from wabolt.segments.queries import compile_segment, tree_from_text

ORDER = ("order_completed",)
TOLERANCE = timedelta(days=1)
"""An event that is recorded later than it took place counts if it took place at most this long before."""

_EVENTS = """
SELECT DISTINCT p.id FROM jsonb_to_recordset(%(people)s::jsonb)
       AS p (id bigint, contact_id bigint, after bigint, since timestamptz)
 WHERE EXISTS (SELECT FROM contacts_event e WHERE e.contact_id = p.contact_id AND e.id > p.after AND e.time >= p.since
                  AND e.kind = ANY(%(kinds)s) {fits})
"""
_MESSAGES = statement(__file__, "message_outcomes").format(step_key=step_key_sql("run"))


class Person(NamedTuple):
    """An enrollment that the engine works on."""

    id: int
    contact_id: int
    step_id: int
    waiting_since: datetime
    visit: int
    arrived_after: int
    entered_after: int
    entered_at: datetime
    context: dict[str, Any]
    steps_day: date | None
    steps_today: int
    is_behind: bool


def person_of(row: Sequence[Any]) -> Person:
    """The person of a row with the columns of `Person` in order; `context` as text."""
    context = {} if row[8] == "{}" else json.loads(row[8])
    return Person._make((*row[:8], context, *row[9:]))


def members(workspace: Workspace, text: str, contact_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the contacts for whom a segment text is true. Raises segments.queries.SegmentError or BrokenSegment."""
    found = compile_segment(workspace, tree_from_text(workspace, text), now, first_few=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({found.sql}) s WHERE id = ANY(%s)", (*found.params, list(contact_ids)))
        return {pk for (pk,) in cursor.fetchall()}


def happened_since_arrival(
    workspace: Workspace, happening: Happening, people: Sequence[Person], now: datetime
) -> set[int]:
    """The ids of people for whom this has happened since they reached their step."""
    marks = [(person.arrived_after, person.waiting_since) for person in people]
    return _happened(workspace, happening, people, marks, now)


def _happened(
    workspace: Workspace,
    happening: Happening,
    people: Sequence[Person],
    marks: Iterable[tuple[int, datetime]],
    now: datetime,
) -> set[int]:
    if not people:
        return set()
    if happening.kind == "segment":
        inside = members(workspace, happening.when, {person.contact_id for person in people}, now)
        return {person.id for person in people if person.contact_id in inside}
    # The events of a contact stay with it when it is merged into another one.
    absorbed = absorbed_of(workspace, {person.contact_id for person in people})
    rows = [
        {"id": person.id, "contact_id": contact, "after": after, "since": (min(since, now) - TOLERANCE).isoformat()}
        for person, (after, since) in zip(people, marks, strict=True)
        for contact in (person.contact_id, *absorbed.get(person.contact_id, ()))
    ]
    values: dict[str, Any] = {
        "people": json.dumps(rows),
        "kinds": list(ORDER) if happening.kind == "order" else [happening.event],
    }
    fits = ""
    if happening.where:
        path, variables = json_path(happening.where)
        fits = "AND jsonb_path_match(e.data, %(path)s::jsonpath, %(variables)s::jsonb, true)"
        values |= {"path": path, "variables": json.dumps(variables)}
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS.format(fits=fits), values)
        return {pk for (pk,) in cursor.fetchall()}


def leaving(workspace: Workspace, definition: Definition, people: Sequence[Person], now: datetime) -> dict[int, str]:
    """{enrollment id: reason} of people who leave the journey now: their goal is reached, an exit condition is true, or
    the occasion is over."""
    reasons: dict[int, str] = {}
    kind = trigger_kind(definition.trigger.kind)
    if kind is not None and kind.left_by is not None:
        reasons |= kind.left_by(workspace, [Inside(person.id, person.contact_id, person.context) for person in people])
    if profiles(definition):
        objecting = objectors(workspace, [person.contact_id for person in people])
        reasons |= {person.id: "objected" for person in people if person.contact_id in objecting}
    marks = [(person.entered_after, person.entered_at) for person in people]
    for happening in reversed(definition.exits):
        reasons |= dict.fromkeys(_happened(workspace, happening, people, marks, now), "exit")
    if definition.goal is not None:
        reasons |= dict.fromkeys(_happened(workspace, definition.goal, people, marks, now), "goal")
    return reasons


def true_for(
    workspace: Workspace, when: When, people: Sequence[Person], pks: Mapping[str, int], now: datetime
) -> set[int]:
    """The ids of people for whom the condition of an arm is true. `pks`: the rows of the steps by step id."""
    if not people:
        return set()
    if not isinstance(when, Outcome):
        inside = members(workspace, when, {person.contact_id for person in people}, now)
        return {person.id for person in people if person.contact_id in inside}
    values = {
        "ids": [person.id for person in people],
        "step": pks.get(when.step),
        "outcome": when.is_,
        "workspace": workspace.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, values)
        return {pk for (pk,) in cursor.fetchall()}


def runs_of_visit(people: Sequence[Person]) -> dict[int, set[int]]:
    """{enrollment id: rows of the steps that it went through in its present visit}."""
    found: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.enrollment_id, r.step_id FROM journeys_steprun r"
            " JOIN unnest(%s::bigint[], %s::int[]) AS p (id, visit) ON p.id = r.enrollment_id AND p.visit = r.visit",
            [[person.id for person in people], [person.visit for person in people]],
        )
        for enrollment, step in cursor.fetchall():
            found.setdefault(enrollment, set()).add(step)
    return found


def newest_event() -> int:
    """The id of the newest event of the log, or of one that is about to be written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM contacts_event_id_seq")
        return int(cursor.fetchone()[0])
