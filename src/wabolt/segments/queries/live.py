"""Live segments: their stored members, and their state for pages."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.lib import clock
from wabolt.lib.segmentation import EXISTENCE
from wabolt.lib.sql import statement
from wabolt.segments.models import LiveDay, LiveReason, LiveSegment, Segment
from wabolt.segments.registry import UseOfSegment, describe_reasons
from wabolt.segments.rules import Catalogue, Node, conditions

from .compiler import Compiled, SegmentSql, compiled

CONSUMER = "live segments"
"""The name of the consumer that keeps the members."""
LATE_AFTER = dt.timedelta(seconds=10)
LATE_EVENTS = 5_000
"""Number of unread events from which the consumer is late. It is also late if it has made no progress for LATE_AFTER
while events wait. While it is late, segments are evaluated instead of read from the stored members."""
SHOWN_DAYS = 7

_MEMBERS = "SELECT c.id FROM (SELECT contact_id AS id FROM segments_livemember WHERE segment_id = %s) c WHERE TRUE"
_UNREAD = statement(__file__, "unread")


def members_sql(
    workspace: Workspace, tree: Node, now: dt.datetime, *, known: Catalogue | None = None, first_few: bool = False
) -> SegmentSql:
    """Returns the statement that finds the contacts for whom the tree holds: of a live segment that asks the same and
    is up to date its kept members, otherwise an evaluation (`compile_segment`).

    Counts, lists, exports and audiences all use this function. Raises `BrokenSegment`.
    """
    found = compiled(workspace, tree, now, known=known)
    live = _kept(found)
    return found.select(first_few=first_few) if live is None else SegmentSql(_MEMBERS, (live,))


def _kept(compiled_tree: Compiled) -> int | None:
    """Returns the id of a live segment whose members follow these conditions and every event but the last ones."""
    same = LiveSegment.objects.filter(workspace=compiled_tree.workspace, meaning=compiled_tree.meaning)
    live = same.order_by("pk").values_list("pk", flat=True).first()
    return live if live is not None and not is_late() else None


def is_late() -> bool:
    """Whether the consumer of live segments is late (`LATE_EVENTS`)."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, {"name": CONSUMER, "limit": LATE_EVENTS + 1})
        row = cursor.fetchone()
    if row is None:
        return True
    unread, moved_at = row
    return bool(unread > LATE_EVENTS or (unread and moved_at < clock.now() - LATE_AFTER))


def kinds_of(tree: Node, known: Catalogue) -> frozenset[str]:
    """Returns the kinds of events that can change who is in the segment."""
    specs = (known.get(condition.field) for condition in conditions(tree))
    return EXISTENCE.union(*(spec.changed_by for spec in specs if spec is not None))


@dataclass(frozen=True, slots=True)
class LiveState:
    """The facts that a page shows about a live segment.

    `members`: number of members. `entered`, `left`: numbers of contacts that entered and left today and on the six days
    before. `at`: time for which the members are correct; None before the end of the first pass. `percent`: progress of
    the running pass, or None. `by_member`: whether the switch on the page is on. `uses`: the uses of other rooms.
    """

    members: int
    entered: int
    left: int
    at: dt.datetime | None
    percent: int | None
    is_broken: bool
    by_member: bool
    uses: list[UseOfSegment]


def live_ids(workspace: Workspace, segments: Iterable[Segment]) -> set[int]:
    """Returns the ids of those of the segments that are live."""
    ids = [segment.pk for segment in segments]
    return set(LiveSegment.objects.filter(workspace=workspace, pk__in=ids).values_list("pk", flat=True))


def live_state(workspace: Workspace, segment: Segment) -> LiveState | None:
    """Returns the state of a live segment; None for any other one."""
    live = LiveSegment.objects.filter(workspace=workspace, pk=segment.pk).first()
    if live is None:
        return None
    since = clock.now().astimezone(workspace.tz).date() - dt.timedelta(days=SHOWN_DAYS - 1)
    days = list(LiveDay.objects.filter(segment=segment, day__gte=since).values_list("entered", "left"))
    reasons = list(LiveReason.objects.filter(segment=segment).order_by("pk").values_list("reason", flat=True))
    return LiveState(
        members=_count(segment.pk),
        entered=sum(entered for entered, _left in days),
        left=sum(left for _entered, left in days),
        at=_right_until(live),
        percent=_percent(live),
        is_broken=live.is_broken,
        by_member=LiveReason.MEMBER in reasons,
        uses=describe_reasons(workspace, reasons),
    )


def _count(segment_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM segments_livemember WHERE segment_id = %s", [segment_id])
        return int(cursor.fetchone()[0])


def _right_until(live: LiveSegment) -> dt.datetime | None:
    if not live.meaning:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, {"name": CONSUMER, "limit": 1})
        row = cursor.fetchone()
    if row is None:
        return live.passed_at
    unread, moved_at = row
    return moved_at if unread else clock.now()


def _percent(live: LiveSegment) -> int | None:
    if live.meaning or live.is_broken:
        return None
    return min(99, 100 * live.pass_after // live.pass_until) if live.pass_meaning and live.pass_until else 0
