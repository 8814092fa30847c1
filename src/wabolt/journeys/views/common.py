"""Functions shared by the pages of journeys."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.pages import access_journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.checks import Problem
from wabolt.journeys.rules.codec import parse_stored
from wabolt.journeys.rules.structure import arms_of
from wabolt.journeys.wording import Sentence, arm_words, position_words, sentence
from wabolt.lib.roles import at_least


def journey_of(request: HttpRequest, journey_id: int) -> Journey:
    """The workspace's journey, or Http404."""
    try:
        return access_journey(workspace_of(request), journey_id)
    except Journey.DoesNotExist:
        raise Http404 from None


def draft_of(journey: Journey) -> d.Definition:
    """The draft of a journey; the published definition if the draft cannot be read."""
    return parse_stored(journey.draft, published_of(journey))


def published_of(journey: Journey) -> d.Definition | None:
    """The published definition; None for a journey that was never published."""
    return parse_stored(journey.version.definition) if journey.version is not None else None


def may_edit(request: HttpRequest) -> bool:
    """Whether the member may change and publish journeys."""
    return at_least(membership_of(request).role, "manager")


@dataclass(frozen=True, slots=True)
class Card:
    """A step as the pages draw it. `arms`: (heading, number of the arm, cards inside). `place`: its position, in
    words."""

    step: d.Step
    kind: str
    words: Sentence
    arms: "list[tuple[str, int, list[Card]]]"
    place: str
    problems: list[Problem]
    figures: Any = None


def cards_of(
    workspace: Workspace, definition: d.Definition, problems: list[Problem], figures: dict[str, Any] | None = None
) -> list[Card]:
    """The steps as cards. `figures`: what the funnel shows of each step, by its id."""
    return _cards(_Drawing(workspace, definition, problems, figures or {}), definition.steps, "")


@dataclass(frozen=True, slots=True)
class _Drawing:
    workspace: Workspace
    definition: d.Definition
    problems: list[Problem]
    figures: dict[str, Any]


def _cards(drawing: _Drawing, steps: tuple[d.Step, ...], above: str) -> list[Card]:
    """The cards of one list of steps. `above`: the heading of their arm."""
    cards = []
    for index, step in enumerate(steps):
        arms: list[tuple[str, int, list[Card]]] = []
        if isinstance(step, d.Branch | d.Split):
            for number, heading in enumerate(arm_words(drawing.workspace, drawing.definition, step)):
                arms.append((heading, number, _cards(drawing, arms_of(step)[number], heading)))
        words = sentence(drawing.workspace, drawing.definition, step)
        wrong = [problem for problem in drawing.problems if problem.step == step.id]
        figures = drawing.figures.get(step.id)
        place = position_words(index, len(steps), above)
        cards.append(Card(step, d.kind_of(step), words, arms, place, wrong, figures))
    return cards
