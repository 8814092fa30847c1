"""Figures that are kept ready, exact at every moment: what changed since the last count is counted on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from wabolt.contacts.models import Consumer, Tally
from wabolt.contacts.queries.log import Offset, read_log
from wabolt.contacts.registry import Counts, tally_kinds

CONSUMER = "tallies"
"""The name of the consumer that marks figures for a new count."""
UNREAD = 1000
"""With more unread events every figure counts as changed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`counts` are exact. `counted_at`: when a kept figure was counted, None for one counted just now."""

    counts: Counts
    counted_at: datetime | None


def tallied(workspace_id: int, name: str, subjects: Sequence[int]) -> dict[int, Figure]:
    """The figures of a registered kind for these subjects.

    A kept figure is used where no event has concerned its subject since it was counted: the consumer has not marked it,
    and none of the events that the consumer has yet to read concerns it. All others are counted now.
    """
    kind = tally_kinds()[name]
    changed = _changed(workspace_id, name, subjects)
    kept = Tally.objects.filter(name=name, subject__in=set(subjects) - changed, counted_marks=F("marks"))
    found = {row.subject: Figure(row.counts, row.counted_at) for row in kept}
    missing = [subject for subject in subjects if subject not in found]
    if missing:
        counted = kind.count(workspace_id, missing)
        found |= {subject: Figure(dict(counted.get(subject, {})), None) for subject in missing}
    return found


def _changed(workspace_id: int, name: str, subjects: Sequence[int]) -> set[int]:
    """The subjects among these that events concern which the consumer has not read yet."""
    kind = tally_kinds()[name]
    offset = Consumer.objects.filter(name=CONSUMER).values_list("position", "event_id").first()
    if offset is None:
        return set(subjects)
    window = read_log(Offset(*offset), UNREAD, below_horizon=False)
    if window.size == UNREAD:
        return set(subjects)
    mine = [event for event in window.events if event.workspace_id == workspace_id and event.kind in kind.kinds]
    return {subject for _workspace, subject in kind.subjects(mine)} if mine else set()
