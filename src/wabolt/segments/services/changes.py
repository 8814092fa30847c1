"""The consumer of live segments: evaluates the contacts of the events again, in all segments that the events can
change."""

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
    open_each,
    segment_tree,
    tests_of,
)
from wabolt.segments.rules import Node, TreeError
from wabolt.segments.services.live import FAULTS, TEND, lock_live, note_broken
from wabolt.segments.services.membership import Pair, enter, leave

log = logging.getLogger(__name__)

_HELD = "SELECT segment_id, contact_id FROM segments_livemember WHERE contact_id = ANY(%s::bigint[])"
MOST_GROUPS = 12
"""Maximum number of groups of contacts with events of the same kinds. With more groups, one statement for all contacts
is faster."""


def register() -> None:
    """Called from `SegmentsConfig.ready`."""
    label = _("Members of live segments")
    register_consumer(EventConsumer(CONSUMER, label, handle, kinds=changing_kinds, from_start=False))


def handle(events: Sequence[LoggedEvent]) -> None:
    """Brings the live segments of the events' workspaces up to date with these events."""
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
    segments = _asked(workspace, live, {event.kind for event in events})
    if not segments:
        return
    groups = _groups(events)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [[contact for contacts in groups.values() for contact in contacts]])
        held = set(cursor.fetchall())
    changed = [
        difference
        for kinds, contacts in groups.items()
        if (changeable := [each for each in segments if not each.kinds.isdisjoint(kinds)])
        for difference in _differences(changeable, contacts, held)
    ]
    parted = {event.contact_id for event in events if event.kind == "contact_parted"}
    for is_quiet in (False, True):
        differences = [(pair, holds) for pair, holds in changed if (pair[1] in parted) == is_quiet]
        leave(pairs=[pair for pair, holds in differences if not holds], is_quiet=is_quiet)
        enter(workspace=workspace, pairs=[pair for pair, holds in differences if holds], is_quiet=is_quiet)


def _groups(events: Sequence[LoggedEvent]) -> dict[frozenset[str], list[int]]:
    """Returns the contacts by the kinds of their events, because a contact is evaluated only for the segments that its
    events can change."""
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
    """Returns the live segments (locked) that events of these kinds can change, compiled. Broken ones wait for
    `tend_live`."""
    known = catalogue(workspace)
    trees: dict[int, Node] = {}
    changed_by: dict[int, frozenset[str]] = {}
    stored: dict[int, Node] = {}
    for segment in Segment.objects.filter(pk__in=live).order_by("pk"):
        with suppress(TreeError):
            stored[segment.pk] = segment_tree(segment)
    for pk, tree in zip(stored, open_each(workspace, list(stored.values())), strict=True):
        if not isinstance(tree, TreeError):
            changed_by[pk] = kinds_of(tree, known)
            if not changed_by[pk].isdisjoint(kinds):
                trees[pk] = tree
    compiled = compile_each(workspace, list(trees.values()), clock.now(), known=known)
    found = {pk: each for pk, each in zip(trees, compiled, strict=True) if not isinstance(each, BrokenSegment)}
    for pk in trees.keys() - found.keys():
        if not live[pk].is_broken:
            note_broken(live[pk])
    for pk, each in found.items():
        _expect_pass(live[pk], each)
    return [_Asked(live[pk], each, changed_by[pk]) for pk, each in found.items()]


def _expect_pass(live: LiveSegment, compiled_tree: Compiled) -> None:
    """Schedules a pass if the meaning of the conditions differs from the one of the members."""
    if compiled_tree.meaning not in (live.meaning, live.pass_meaning):
        live.meaning = live.pass_meaning = ""
        live.pass_after, live.check_at = 0, clock.now()
        live.save(update_fields=["meaning", "pass_meaning", "pass_after", "check_at"])
        jobs.defer(TEND, once=TEND)


def _differences(
    segments: Sequence[_Asked], contacts: Sequence[int], held: Collection[Pair]
) -> Iterator[tuple[Pair, bool]]:
    """Yields each pair whose stored membership differs from the conditions, with the correct membership.

    If the statement fails, each segment is evaluated alone, and the failing one is marked as broken.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            tests = tests_of([each.found for each in segments], contacts)
            cursor.execute(tests.sql, tests.params)
            holds = dict(cursor.fetchall())
    except FAULTS:
        if len(segments) > 1:
            for each in segments:
                yield from _differences([each], contacts, held)
            return
        log.exception("live segment %s cannot be evaluated", segments[0].live.pk)
        note_broken(segments[0].live)
        return
    nowhere = [False] * len(segments)
    ids = [each.live.pk for each in segments]
    for contact in contacts:
        for number, is_in in enumerate(holds.get(contact, nowhere)):
            if is_in != ((ids[number], contact) in held) and not is_left_to_pass(segments[number].live, contact):
                yield (ids[number], contact), is_in


def is_left_to_pass(live: LiveSegment, contact: int) -> bool:
    """Whether a pass without events has yet to evaluate the contact. Its changes are then recorded without events."""
    if not live.is_quiet:
        return False
    return not live.pass_meaning or live.pass_after < contact <= live.pass_until
