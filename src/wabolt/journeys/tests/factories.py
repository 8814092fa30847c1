"""Factories of journeys."""

from collections.abc import Sequence
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import Journey, JourneyStep, JourneyVersion
from wabolt.journeys.rules.codec import dump
from wabolt.journeys.rules.definition import Definition, Entry, Send, Step, Trigger
from wabolt.journeys.rules.structure import steps_in_order
from wabolt.messaging.services import create_content


def make_definition(*steps: Step, **parts: Any) -> Definition:
    """A definition that a member lets people into; they may return after the end."""
    return Definition(**{"trigger": Trigger("by_hand"), "entry": Entry("after_end"), **parts}, steps=tuple(steps))


def make_journey(workspace: Workspace, *steps: Step, parts: dict[str, Any] | None = None, **fields: Any) -> Journey:
    """A published journey with these steps. `parts`: the rest of its definition."""
    definition = make_definition(*steps, **(parts or {}))
    journey = Journey.objects.create(workspace=workspace, name="Sambutan", draft=dump(definition), **fields)
    publish_directly(journey, definition)
    return journey


def publish_directly(journey: Journey, definition: Definition) -> None:
    """Stores a version as a publication does, without its checks and questions."""
    for step in steps_in_order(definition):
        content = create_content(workspace=journey.workspace, text=step.text) if isinstance(step, Send) else None
        kind = type(step).__name__.lower()
        JourneyStep.objects.update_or_create(
            journey=journey, key=step.id, defaults={"kind": kind, "content": content, "retired_at": None}
        )
    number = journey.versions.count() + 1
    journey.version = JourneyVersion.objects.create(journey=journey, number=number, definition=dump(definition))
    journey.state = Journey.State.ACTIVE
    journey.save()


def ids_of(people: Sequence[Any]) -> list[int]:
    return [person.pk for person in people]
