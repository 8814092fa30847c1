"""Counts of the people in a journey."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from wabolt.contacts.queries import kept_sums
from wabolt.journeys.models import EntryCount, Journey
from wabolt.journeys.tallies import PEOPLE
from wabolt.lib.sql import statement

_UNBALANCED = statement(__file__, "unbalanced")


@dataclass(frozen=True, slots=True)
class Counts:
    """People by state. `entered`: how many have ever entered, counted when they did."""

    active: int = 0
    finished: int = 0
    exited: int = 0
    parked: int = 0
    held_out: int = 0
    entered: int = 0


def counts_of(workspace_id: int, journey_ids: Sequence[int]) -> dict[int, Counts]:
    """The numbers of each journey, from kept sums."""
    sums = kept_sums(workspace_id, [PEOPLE.name], journey_ids)
    entered = dict(EntryCount.objects.filter(journey__in=journey_ids).values_list("journey", "entered"))
    return {pk: Counts(**parts, entered=entered.get(pk, 0)) for pk, parts in sums.items()}


def counts(journey: Journey) -> Counts:
    """The numbers of a journey."""
    return counts_of(journey.workspace_id, [journey.pk])[journey.pk]


@dataclass(frozen=True, slots=True)
class Imbalance:
    """A journey whose entries are not accounted for. `entered`: counted at entry. `people`: enrollments. `by_state`:
    the kept sum of all states. `wrong`: enrollments whose state is not true, such as an ended one that is due."""

    journey_id: int
    name: str
    entered: int
    people: int
    by_state: int
    wrong: int


def imbalances(journey_ids: Collection[int] | None = None) -> list[Imbalance]:
    """The journeys (None: of all workspaces) that break the invariant entered = active + finished + exited + parked +
    held out. Each entry is in one state, and each state is true: people inside are at a step, and those who ended have
    an end and are never due again. It reads all enrollments."""
    with connection.cursor() as cursor:
        cursor.execute(_UNBALANCED, {"journeys": None if journey_ids is None else list(journey_ids)})
        return [Imbalance(*row) for row in cursor.fetchall()]


def is_balanced(journey: Journey) -> bool:
    """Whether the invariant holds for a journey (`imbalances`)."""
    return not imbalances([journey.pk])
