"""The engine: moves due people on, in batches.

A batch is one transaction. It locks the journey against edits and pauses, claims due people with SKIP LOCKED, ends the
enrollments of those who leave, runs each step for all people who are at it, and writes effects, runs and new positions
together. A process that dies in between has done nothing. `due_at` is only a hint: whether a step is really due is
computed from the published version and `waiting_since`, so a change of either needs no more than an earlier `due_at`.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import override

from wabolt.journeys.models import Journey
from wabolt.journeys.queries.facts import Person, leaving, person_of, runs_of_visit
from wabolt.journeys.queries.plans import Published, published
from wabolt.journeys.rules.definition import End, Wait
from wabolt.journeys.rules.plan import arrival, due_of
from wabolt.journeys.services.positions import Move, Run, end, move, set_due, write_runs
from wabolt.journeys.services.steps import Outcome, Results, Work, work_on
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.sql import statement

log = logging.getLogger(__name__)
BATCH = 1000
TRANSIENT = ("08", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE that say nothing about the rows: lost connection, deadlock, no resources, lock not available,
shutdown, system error. The batch is tried again in the next run."""
ERROR_LENGTH = 300
MOVING = (Journey.State.ACTIVE, Journey.State.ARCHIVED)
"""States in which people move. In an archived journey the members chose to let them finish, or none is inside."""
_DUE = """
SELECT j.id FROM journeys_journey j
 WHERE j.state = ANY(%(states)s)
   AND EXISTS (SELECT FROM journeys_enrollment e
                WHERE e.journey_id = j.id AND e.state = 'active' AND e.due_at <= %(now)s)
 ORDER BY j.id
"""
_CLAIM = statement(__file__, "claim")
_PARK = """
UPDATE journeys_enrollment SET state = 'parked', due_at = NULL, reason = %s, error = %s
 WHERE id = ANY(%s) AND state = 'active'
"""


def advance_due(*, seconds: float | None = None, batch: int = BATCH) -> int:
    """Moves people until none is due, or for about `seconds`. Returns how many people it worked on.

    Any number of processes may run it at the same time. If the database fails at one journey, the others go on, and the
    error is raised at the end.
    """
    began, worked = time.monotonic(), 0
    failed: dict[int, Exception] = {}
    while True:
        before = worked
        for journey_id in _due_journeys():
            if journey_id not in failed:
                try:
                    worked += advance_journey(journey_id=journey_id, batch=batch)
                except (OperationalError, InterfaceError) as error:
                    failed[journey_id] = error
            if seconds is not None and time.monotonic() - began >= seconds:
                return _result(worked, failed)
        if worked == before:
            return _result(worked, failed)


def _result(worked: int, failed: Mapping[int, Exception]) -> int:
    for error in failed.values():
        raise error
    return worked


def _is_transient(error: Exception) -> bool:
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state[:2] in TRANSIENT


def _due_journeys() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": clock.now(), "states": list(MOVING)})
        return [pk for (pk,) in cursor.fetchall()]


def advance_journey(*, journey_id: int, batch: int = BATCH) -> int:
    """Works on one batch of due people of a journey. Returns how many there were.

    If a batch fails, it is halved until the failing person is alone, and that person is parked with the error.
    """
    return _try(journey_id, batch, None)


def _try(journey_id: int, limit: int, only: Sequence[int] | None) -> int:
    claimed: list[int] = []
    try:
        return _work(journey_id, limit, only, claimed)
    except Exception as error:
        if _is_transient(error):
            raise
        if len(claimed) > 1:
            half = len(claimed) // 2
            return sum(_try(journey_id, len(some), some) for some in (claimed[:half], claimed[half:]))
        log.exception("journey %s: enrollment %s is parked", journey_id, claimed)
        _park(claimed, "error", _describe(error))
        return len(claimed)


def _work(journey_id: int, limit: int, only: Collection[int] | None, claimed: list[int]) -> int:
    """One batch in one transaction. `only`: these enrollments. The claimed ids are added to `claimed`."""
    with transaction.atomic():
        journey = _hold(journey_id)
        if journey is None:
            return 0
        now = clock.now()
        people = _claim(journey, limit, only, now)
        claimed += [person.id for person in people]
        if people:
            with override(journey.workspace.language):
                _advance(journey, people)
        return len(people)


def _hold(journey_id: int) -> Journey | None:
    """The journey, locked against edits and pauses until the transaction ends; None if its people do not move."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM journeys_journey WHERE id = %s AND state = ANY(%s) FOR SHARE",
            [journey_id, list(MOVING)],
        )
        if not cursor.fetchall():
            return None
    return Journey.objects.select_related("workspace").get(pk=journey_id)


def _claim(journey: Journey, limit: int, only: Collection[int] | None, now: object) -> list[Person]:
    which = "" if only is None else "AND e.id = ANY(%(only)s)"
    values: dict[str, Any] = {"journey": journey.pk, "now": now, "limit": limit, "only": list(only or ())}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(which=which), values)
        rows = cursor.fetchall()
    return [person_of(row) for row in rows]


def _advance(journey: Journey, people: Sequence[Person]) -> None:
    now, version = clock.now(), published(journey)
    leavers = leaving(journey.workspace, version.plan.definition, people, now)
    end(journey.workspace, leavers)
    passing = _passing_over(version, people)
    move([Move(pk, step, now) for pk, step in passing.items()], now, today=None)
    today = now.astimezone(journey.workspace.tz).date()
    by_step: dict[str, list[Person]] = {}
    for person in people:
        if person.id in leavers or person.id in passing:
            continue
        if person.steps_day == today and person.steps_today >= journey.max_steps_per_day:
            _park([person.id], "too_many_steps", "")
        else:
            by_step.setdefault(version.keys[person.step_id], []).append(person)
    for key, group in by_step.items():
        work = Work(journey.workspace, journey, version, version.plan.steps[key], now)
        _write(work, group, work_on(work, group))


def _passing_over(version: Published, people: Sequence[Person]) -> dict[int, int | None]:
    """{enrollment id: next step} of people at a step that they went through already. Only an edit puts them there."""
    if version.number == 1:
        return {}
    found: dict[int, int | None] = {}
    done = runs_of_visit(people)
    for person in people:
        seen = done.get(person.id, set())
        if person.step_id in seen:
            after = version.plan.next_after(version.keys[person.step_id], None, {version.keys[pk] for pk in seen})
            found[person.id] = None if after is None else version.pks[after]
    return found


def _write(work: Work, group: Sequence[Person], results: Results) -> None:
    """Writes the runs and the new positions of people who were at one step."""
    set_due(results.stay)
    for person_id, (reason, error) in results.stuck.items():
        _park([person_id], reason, error)
    passed = [person for person in group if person.id in results.passed]
    write_runs([_run(work, person, results.passed[person.id]) for person in passed], work.now)
    # Only an edit can put a step that has run in front of a person again.
    done = runs_of_visit(passed) if work.published.number > 1 else {}
    moves = []
    for person in passed:
        seen = {work.published.keys[pk] for pk in done.get(person.id, ())}
        after = _after(work, results.passed[person.id], seen)
        due = due_of(work.step, person.waiting_since, work.workspace.tz)
        since, is_behind = arrival(due, person.entered_at, work.now, is_behind=person.is_behind)
        moves.append(Move(person.id, after, since, is_behind, _known_due(work, after, since)))
    move(moves, work.now, today=work.now.astimezone(work.workspace.tz).date())


def _known_due(work: Work, step_id: int | None, since: datetime) -> datetime | None:
    """The due time of the next step, if it is a wait for time only. These people need no earlier look.

    A wait for something is looked at once after this transaction, because its event may be committed before that.
    """
    step = None if step_id is None else work.published.plan.steps[work.published.keys[step_id]]
    if not isinstance(step, Wait) or step.until is not None:
        return None
    return due_of(step, since, work.workspace.tz)


def _run(work: Work, person: Person, outcome: Outcome) -> Run:
    return Run(person.id, work.step_id, person.visit, outcome.outcome, outcome.detail)


def _after(work: Work, outcome: Outcome, done: set[str]) -> int | None:
    if isinstance(work.step, End):
        return None
    after = work.published.plan.next_after(work.step.id, outcome.choice, done)
    return None if after is None else work.published.pks[after]


def _park(ids: Sequence[int], reason: str, error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PARK, [reason, error[:ERROR_LENGTH], list(ids)])


def _describe(error: BaseException) -> str:
    """A sentence for members; of an unexpected error the class and the first line, because PostgreSQL's further lines
    quote values."""
    if isinstance(error, DomainError):
        return str(error)
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
