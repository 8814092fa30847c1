"""Counts of the people in a journey."""

from collections.abc import Sequence
from dataclasses import dataclass

from wabolt.contacts.queries import kept_sums
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.tallies import PEOPLE


@dataclass(frozen=True, slots=True)
class Counts:
    """People by state. `entered`: all of them."""

    active: int = 0
    finished: int = 0
    exited: int = 0
    parked: int = 0
    held_out: int = 0

    @property
    def entered(self) -> int:
        return self.active + self.finished + self.exited + self.parked + self.held_out


def counts_of(workspace_id: int, journey_ids: Sequence[int]) -> dict[int, Counts]:
    """The numbers of each journey, from kept sums."""
    sums = kept_sums(workspace_id, [PEOPLE.name], journey_ids)
    return {pk: Counts(**parts) for pk, parts in sums.items()}


def counts(journey: Journey) -> Counts:
    """The numbers of a journey."""
    return counts_of(journey.workspace_id, [journey.pk])[journey.pk]


def is_balanced(journey: Journey) -> bool:
    """Whether entered = active + finished + exited + parked + held out: each person is counted in one state, and each
    state is true. People inside are at a step. Those who ended have an end and are never due again."""
    rows = Enrollment.objects.filter(journey=journey)
    inside, over = rows.filter(state__in=("active", "parked")), rows.exclude(state__in=("active", "parked"))
    wrong = inside.filter(step=None) | inside.exclude(ended_at=None)
    wrong |= over.exclude(due_at=None) | over.filter(ended_at=None) | inside.filter(state="active", due_at=None)
    return counts(journey).entered == rows.count() and not wrong.exists()
