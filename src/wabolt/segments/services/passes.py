"""Passes over all contacts of a live segment, in steps, and the departures that are final."""

import datetime as dt
import logging
import time
from collections.abc import Iterator

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.lib import clock, jobs
from wabolt.lib.segmentation import MOMENT_STEP, moment_step
from wabolt.lib.sql import statement
from wabolt.lib.waits import running_by_end, running_by_start
from wabolt.segments.models import LiveDeparture, LiveSegment, Segment
from wabolt.segments.queries import BrokenSegment, Compiled, compiled, segment_tree
from wabolt.segments.rules import TreeError
from wabolt.segments.services.live import FAULTS, TEND, lock_live, note_broken
from wabolt.segments.services.membership import MINIMUM_STAY, enter, fill, leave, tell_departures

log = logging.getLogger(__name__)

STEP = 20_000
"""Number of contacts that one transaction evaluates, in much less than a second, because the consumer waits for it."""
CHECK_EVERY = dt.timedelta(minutes=10)
"""Interval between two comparisons of the conditions of a live segment with their meaning: a renamed label is noticed
within this time, even without events."""
PATIENCE = 45.0
"""Seconds after which the job starts itself again, so that other jobs get their turn."""

_END_OF_STEP = """
SELECT id FROM contacts_contact
 WHERE workspace_id = %s AND id > %s AND id <= %s AND erased_at IS NULL ORDER BY id OFFSET %s LIMIT 1
"""
_LAST = "SELECT coalesce(max(id), 0) FROM contacts_contact WHERE workspace_id = %s"
_COMPARE = statement(__file__, "compare")


def tend_live() -> int:
    """Records the final departures and runs the due passes. Returns the number of steps. Safe in concurrent processes.

    A pass is due for a segment that became live or was changed, or whose conditions have another meaning today. In
    addition each segment gets a pass once a day, which would also repair an error.
    """
    _tell_departures()
    steps, until = 0, time.monotonic() + PATIENCE
    due = LiveSegment.objects.filter(running_by_end(CHECK_EVERY).over("check_at")).order_by("check_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        while _step_or_break(pk):
            steps += 1
            if time.monotonic() > until:
                jobs.defer(TEND, once=TEND)
                return steps
    return steps


def _tell_departures() -> None:
    final = LiveDeparture.objects.filter(running_by_start(MINIMUM_STAY).over("left_at"))
    for segment in Segment.objects.filter(pk__in=final.values("segment")).select_related("workspace").order_by("pk"):
        with transaction.atomic():
            if lock_live([segment.pk]):
                tell_departures(workspace=segment.workspace, segments=[segment.pk])


def _step_or_break(pk: int) -> bool:
    """Runs a step. A segment whose SQL fails is marked as broken, so that it does not delay the others."""
    try:
        return _step(pk)
    except FAULTS:
        log.exception("live segment %s cannot be evaluated", pk)
        with transaction.atomic():
            for live in lock_live([pk]):
                live.check_at = clock.now() + CHECK_EVERY
                live.save(update_fields=["check_at"])
                note_broken(live)
        return False


@transaction.atomic
def _step(pk: int) -> bool:
    """Runs one step of the pass over a segment. Returns whether there may be more to do."""
    for live in lock_live([pk]):
        workspace = Workspace.objects.get(pk=live.workspace_id)
        now = clock.now()
        try:
            compiled_tree = compiled(workspace, segment_tree(Segment.objects.get(pk=pk)), now)
        except (BrokenSegment, TreeError):
            live.check_at = now + CHECK_EVERY
            live.save(update_fields=["check_at"])
            note_broken(live)
            return False
        if live.pass_meaning != compiled_tree.meaning:
            if not _is_due(live, compiled_tree, workspace, now):
                live.check_at = _next_check(workspace, now)
                live.save(update_fields=["check_at"])
                return False
            _begin(live, compiled_tree, now)
        return _advance(live, compiled_tree, workspace, now)
    return False


def _is_due(live: LiveSegment, compiled_tree: Compiled, workspace: Workspace, now: dt.datetime) -> bool:
    if live.meaning != compiled_tree.meaning or live.passed_at is None:
        return True
    return live.passed_at.astimezone(workspace.tz).date() != now.astimezone(workspace.tz).date()


def _begin(live: LiveSegment, compiled_tree: Compiled, now: dt.datetime) -> None:
    if live.meaning != compiled_tree.meaning:
        live.meaning = ""
    live.pass_meaning, live.pass_began_at, live.is_broken = compiled_tree.meaning, now, False
    live.pass_after = 0
    [live.pass_until] = _row(_LAST, [live.workspace_id])


def _advance(live: LiveSegment, compiled_tree: Compiled, workspace: Workspace, now: dt.datetime) -> bool:
    row = _row(_END_OF_STEP, [live.workspace_id, live.pass_after, live.pass_until, STEP - 1])
    end = row[0] if row else live.pass_until
    if live.is_quiet:
        # mostly the first members, and many
        fill(segment=live.pk, members=compiled_tree.select(span=(live.pass_after, end)))
    changed = list(_differences(live, compiled_tree, end))
    leave(pairs=[(live.pk, contact) for contact, holds in changed if not holds], is_quiet=live.is_quiet)
    enter(
        workspace=workspace,
        pairs=[(live.pk, contact) for contact, holds in changed if holds],
        is_quiet=live.is_quiet,
    )
    live.pass_after = end
    if end == live.pass_until:
        live.meaning, live.pass_meaning, live.is_quiet = live.pass_meaning, "", False
        live.passed_at, live.check_at = live.pass_began_at, _next_check(workspace, now)
    live.save()
    return end != live.pass_until


def _differences(live: LiveSegment, compiled_tree: Compiled, end: int) -> Iterator[tuple[int, bool]]:
    """Yields each contact of the step whose stored membership differs from the conditions, with the correct
    membership."""
    span = compiled_tree.select(span=(live.pass_after, end))
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE.format(asked=span.sql), [*span.params, live.pk, live.pass_after, end])
        yield from cursor.fetchall()


def _next_check(workspace: Workspace, now: dt.datetime) -> dt.datetime:
    """Returns the next day of the shop, the next MOMENT_STEP, or CHECK_EVERY from now: the earliest of them."""
    tomorrow = now.astimezone(workspace.tz).date() + dt.timedelta(days=1)
    return min(
        now + CHECK_EVERY, moment_step(now) + MOMENT_STEP, dt.datetime.combine(tomorrow, dt.time.min, workspace.tz)
    )


def _row(sql: str, params: list[int]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone() or ()
