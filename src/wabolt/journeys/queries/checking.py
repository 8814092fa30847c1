"""Checks of a definition that need the database: before it is published."""

from collections.abc import Callable, Iterator

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import contact_action
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import trigger_kind
from wabolt.journeys.rules.checks import Problem, problems
from wabolt.journeys.rules.definition import Act, Branch, Definition, Happening, Send, Settings, Step, Wait
from wabolt.journeys.rules.structure import steps_in_order
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.segments.queries import SegmentError, compile_segment, tree_from_text


def all_problems(journey: Journey, definition: Definition) -> list[Problem]:
    """The faults of a definition: missing parts, pointless ones, and references to something that does not exist. An
    error stops a publication."""
    found = problems(definition)
    known = {(problem.step, problem.arm) for problem in found if problem.is_error}
    return found + [p for p in _unknown(journey, definition) if (p.step, p.arm) not in known]


def _unknown(journey: Journey, definition: Definition) -> Iterator[Problem]:
    trigger = trigger_kind(definition.trigger.kind)
    if definition.trigger.kind and (
        trigger is None or _refuses(trigger.check, journey.workspace, definition.trigger.settings)
    ):
        yield Problem("", "bad_trigger")
    for happening in (*definition.exits, *([definition.goal] if definition.goal else [])):
        if _is_broken(journey.workspace, happening):
            yield Problem("", "bad_condition")
    for step in steps_in_order(definition):
        yield from _unknown_in(journey, step)


def _unknown_in(journey: Journey, step: Step) -> Iterator[Problem]:
    workspace = journey.workspace
    match step:
        case Wait(until=until) if until is not None and _is_broken(workspace, until):
            yield Problem(step.id, "bad_condition")
        case Branch(arms=arms):
            for number, arm in enumerate(arms, 1):
                if isinstance(arm.when, str) and not holds_together(workspace, arm.when):
                    yield Problem(step.id, "bad_condition", arm=number)
        case Act():
            action = contact_action(step.action)
            if action is None or _refuses(action.check, workspace, step.params):
                yield Problem(step.id, "bad_action")
        case Send(purpose=Message.Purpose.SERVICE) if journey.importance != Journey.Importance.TRANSACTION:
            yield Problem(step.id, "promotion_as_service")


def _is_broken(workspace: Workspace, happening: Happening) -> bool:
    return happening.kind == "segment" and not holds_together(workspace, happening.when)


def holds_together(workspace: Workspace, text: str) -> bool:
    """Whether a segment text can be read and everything in it exists."""
    try:
        compile_segment(workspace, tree_from_text(workspace, text), clock.now())
    except (SegmentError, DomainError):
        return False
    return True


def _refuses(
    check_settings: Callable[[Workspace, Settings], Settings], workspace: Workspace, settings: Settings
) -> bool:
    try:
        check_settings(workspace, settings)
    except DomainError:
        return True
    return False
