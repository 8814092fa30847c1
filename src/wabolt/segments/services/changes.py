"""The consumer of live segments: asks again about the contacts of the events, in all segments that these can change."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import EventConsumer, LoggedEvent, register_consumer
from wabolt.lib import clock, jobs
from wabolt.lib.segmentation import changing_kinds
from wabolt.segments.models import LiveSegment, Segment
from wabolt.segments.queries import (
    CONSUMER,
    BrokenSegment,
    Compiled,
    catalogue,
    compile_each,
    kinds_of,
    segment_tree,
    tests_of,
)
from wabolt.segments.rules import Node, TreeError
from wabolt.segments.services.live import FAULTS, TEND, lock_live, note_broken
from wabolt.segments.services.membership import Pair, enter, leave

log = logging.getLogger(__name__)

_HELD = "SELECT segment_id, contact_id FROM segments_livemember WHERE contact_id = ANY(%s::bigint[])"
MOST_GROUPS = 12
"""With more groups of contacts whose events are of the same kinds, one statement for all contacts is faster."""


def register() -> None:
    """Called from `SegmentsConfig.ready`."""
    label = _("Members of live segments")
    register_consumer(EventConsumer(CONSUMER, label, handle, kinds=changing_kinds, from_start=False))


def handle(events: Sequence[LoggedEvent]) -> None:
    """Bring the live segments of the events' workspaces up to date with these events."""
    by_workspace: dict[int, list[LoggedEvent]] = {}
    for event in events:
        by_workspace.setdefault(event.workspace_id, []).append(event)
    with_live = LiveSegment.objects.filter(workspace__in=by_workspace).values_list("workspace", flat=True).distinct()
    for workspace in Workspace.objects.filter(pk__in=list(with_live)).order_by("pk"):
        _follow(workspace, by_workspace[workspace.pk])


@dataclass(frozen=True, slots=True)
class _Asked:
    """A live segment with its compiled conditions, and the kinds of events that can change its members."""

    live: LiveSegment
    found: Compiled
    kinds: frozenset[str]


def _follow(workspace: Workspace, events: Sequence[LoggedEvent]) -> None:
    ids = LiveSegment.objects.filter(workspace=workspace).values_list("pk", flat=True)
    live = {row.pk: row for row in lock_live(ids)}
    asked = _asked(workspace, live, {event.kind for event in events})
    if not asked:
        return
    groups = _groups(events)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [[contact for contacts in groups.values() for contact in contacts]])
        held = set(cursor.fetchall())
    changed = [
        difference
        for kinds, contacts in groups.items()
        if (changeable := [each for each in asked if not each.kinds.isdisjoint(kinds)])
        for difference in _differences(changeable, contacts, held)
    ]
    parted = {event.contact_id for event in events if event.kind == "contact_parted"}
    for is_quiet in (False, True):
        mine = [(pair, holds) for pair, holds in changed if (pair[1] in parted) == is_quiet]
        leave(pairs=[pair for pair, holds in mine if not holds], is_quiet=is_quiet)
        enter(workspace=workspace, pairs=[pair for pair, holds in mine if holds], is_quiet=is_quiet)


def _groups(events: Sequence[LoggedEvent]) -> dict[frozenset[str], list[int]]:
    """The contacts of the events by the kinds of their events: each is asked only about what these can change."""
    kinds: dict[int, set[str]] = {}
    for event in events:
        absorbed = event.data.get("contact") if event.kind == "contact_merged" else None
        for contact in (event.contact_id, absorbed):
            if type(contact) is int:
                kinds.setdefault(contact, set()).add(event.kind)
    groups: dict[frozenset[str], list[int]] = {}
    for contact in sorted(kinds):
        groups.setdefault(frozenset(kinds[contact]), []).append(contact)
    return groups if len(groups) <= MOST_GROUPS else {frozenset().union(*groups): sorted(kinds)}


def _asked(workspace: Workspace, live: Mapping[int, LiveSegment], kinds: Collection[str]) -> list[_Asked]:
    """The live segments (locked) that events of these kinds can change, compiled. Broken ones wait for `tend_live`."""
    known = catalogue(workspace)
    trees: dict[int, Node] = {}
    changed_by: dict[int, frozenset[str]] = {}
    for segment in Segment.objects.filter(pk__in=live).order_by("pk"):
        with suppress(TreeError):
            tree = segment_tree(segment)
            changed_by[segment.pk] = kinds_of(tree, known)
            if not changed_by[segment.pk].isdisjoint(kinds):
                trees[segment.pk] = tree
    compiled = compile_each(workspace, list(trees.values()), clock.now(), known=known)
    found = {pk: each for pk, each in zip(trees, compiled, strict=True) if not isinstance(each, BrokenSegment)}
    for pk in trees.keys() - found.keys():
        if not live[pk].is_broken:
            note_broken(live[pk])
    for pk, each in found.items():
        _expect_pass(live[pk], each)
    return [_Asked(live[pk], each, changed_by[pk]) for pk, each in found.items()]


def _expect_pass(live: LiveSegment, found: Compiled) -> None:
    """Have a pass follow if the members were found by conditions with another meaning."""
    if found.meaning not in (live.meaning, live.pass_meaning):
        live.meaning = live.pass_meaning = ""
        live.pass_after, live.check_at = 0, clock.now()
        live.save(update_fields=["meaning", "pass_meaning", "pass_after", "check_at"])
        jobs.defer(TEND, once=TEND)


def _differences(
    asked: Sequence[_Asked], contacts: Sequence[int], held: Collection[Pair]
) -> Iterator[tuple[Pair, bool]]:
    """The pairs whose membership is not what the conditions say, and what they say.

    A segment whose SQL fails holds up no other: then each is asked alone, and the failing one is broken.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            tests = tests_of([each.found for each in asked], contacts)
            cursor.execute(tests.sql, tests.params)
            holds = dict(cursor.fetchall())
    except FAULTS:
        if len(asked) > 1:
            for each in asked:
                yield from _differences([each], contacts, held)
            return
        log.exception("live segment %s cannot be evaluated", asked[0].live.pk)
        note_broken(asked[0].live)
        return
    nowhere = [False] * len(asked)
    ids = [each.live.pk for each in asked]
    for contact in contacts:
        for number, is_in in enumerate(holds.get(contact, nowhere)):
            if is_in != ((ids[number], contact) in held) and not is_left_to_pass(asked[number].live, contact):
                yield (ids[number], contact), is_in


def is_left_to_pass(live: LiveSegment, contact: int) -> bool:
    """Whether a quiet pass will come to the contact: what changes with it is then no event."""
    if not live.is_quiet:
        return False
    return not live.pass_meaning or live.pass_after < contact <= live.pass_until
