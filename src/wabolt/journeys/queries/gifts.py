"""Journeys that give vouchers, for rooms whose events let people into them."""

from collections.abc import Iterable
from typing import NamedTuple

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import LoggedEvent
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.plans import published
from wabolt.journeys.queries.vouchers import gives_voucher
from wabolt.journeys.registry import occasion_of
from wabolt.journeys.rules.definition import Definition, Trigger
from wabolt.journeys.rules.structure import steps_in_order

START_JOURNEY = "journeys.start"
"""The key of the contact action that lets people into a journey."""


class Giving(NamedTuple):
    """A journey that gives vouchers of these percentages, in the order of its steps."""

    journey: Journey
    trigger: Trigger
    percents: tuple[int, ...]

    def starts_with(self, events: Iterable[LoggedEvent]) -> bool:
        """Whether one of these events lets its contact in, if the conditions for entering allow it."""
        return any(occasion_of(self.journey.workspace, self.trigger, event) is not None for event in events)


def giving_of(journey: Journey, definition: Definition) -> Giving | None:
    """The vouchers of a definition without errors; None if it gives none."""
    percents = tuple(int(step.params["percent"]) for step in steps_in_order(definition) if gives_voucher(step))
    return Giving(journey, definition.trigger, percents) if percents else None


def giving_journeys(workspace: Workspace) -> list[Giving]:
    """The journeys that people can enter and that give vouchers, by name."""
    found = Journey.objects.filter(workspace=workspace, version__isnull=False)
    open_ones = found.exclude(state__in=(Journey.State.DRAFT, Journey.State.ARCHIVED)).select_related("workspace")
    all_of = [giving_of(journey, published(journey).plan.definition) for journey in open_ones.order_by("name", "pk")]
    return [one for one in all_of if one is not None]
