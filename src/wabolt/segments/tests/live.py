"""Helpers of the tests of live segments."""

from collections import defaultdict

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Event
from wabolt.contacts.registry import LoggedEvent
from wabolt.lib import clock
from wabolt.lib.segmentation import changing_kinds
from wabolt.segments.models import LiveMember, LiveSegment, Segment
from wabolt.segments.queries import catalogue, parse, segment_tree
from wabolt.segments.queries.compiler import Compiled, compile_each
from wabolt.segments.services import changes, create_segment, keep_live, tend_live


class Follower:
    """Passes all new events to the consumer. The real consumer reads only events of committed transactions, and a test
    runs in an open one."""

    def __init__(self) -> None:
        self.last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def catch_up(self) -> None:
        fields = ("id", "workspace_id", "contact_id", "kind", "time", "data")
        rows = list(Event.objects.filter(id__gt=self.last).order_by("id").values_list(*fields))
        events = [LoggedEvent(*row) for row in rows if row[3] in changing_kinds()]
        if events:
            changes.handle(events)
        self.last = rows[-1][0] if rows else self.last


def make_segment(workspace: Workspace, text: str, name: str = "") -> Segment:
    """A segment of these conditions."""
    return create_segment(workspace=workspace, name=name or text[:90], tree=parse(text, catalogue(workspace)))


def make_live(workspace: Workspace, text: str, name: str = "") -> Segment:
    """Makes a live segment and runs its first pass."""
    segment = make_segment(workspace, text, name)
    keep_live(segment=segment)
    tend_live()
    return segment


def members(segment: Segment) -> set[int]:
    """The ids of the kept members."""
    return set(LiveMember.objects.filter(segment=segment).values_list("contact", flat=True))


def told(segment: Segment) -> list[tuple[str, int]]:
    """(kind, contact) of the events about a segment, in order."""
    found = Event.objects.filter(kind__in=("segment_entered", "segment_left"), data__segment=segment.pk)
    return list(found.order_by("id").values_list("kind", "contact"))


def assert_right(workspace: Workspace) -> None:
    """Asserts that the stored members of every live segment equal an evaluation, all by one statement."""
    stored, found, parts, params = defaultdict(set), defaultdict(set), [], []
    for segment, contact in LiveMember.objects.filter(segment__workspace=workspace).values_list("segment", "contact"):
        stored[segment].add(contact)
    segments = list(Segment.objects.filter(pk__in=LiveSegment.objects.filter(workspace=workspace).values("segment")))
    compiled = compile_each(workspace, list(map(segment_tree, segments)), clock.now())
    for segment, one in zip(segments, compiled, strict=True):
        assert isinstance(one, Compiled), segment.name
        selected = one.select()
        parts.append(f"SELECT {segment.pk}, found.id FROM ({selected.sql}) found")
        params += selected.params
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        for pk, contact in cursor.fetchall():
            found[pk].add(contact)
    assert {one.name: stored[one.pk] for one in segments} == {one.name: found[one.pk] for one in segments}
