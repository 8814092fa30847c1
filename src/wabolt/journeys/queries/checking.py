"""Checks of a definition that need the database: before it is published."""

from collections.abc import Callable, Iterator

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import contact_action
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.channels import needs_template, possible_senders
from wabolt.journeys.queries.vouchers import gives_voucher
from wabolt.journeys.registry import trigger_kind
from wabolt.journeys.rules.checks import Problem, carries_voucher, problems
from wabolt.journeys.rules.definition import Act, Branch, Definition, Happening, Send, Settings, Step, Wait
from wabolt.journeys.rules.structure import steps_before, steps_in_order
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.messaging.models import Message, Template
from wabolt.messaging.queries import header_file
from wabolt.messaging.services import check_template
from wabolt.segments.queries import SegmentError, compile_segment, tree_from_text


def all_problems(journey: Journey, definition: Definition) -> list[Problem]:
    """The faults of a definition: missing parts, pointless ones, and references to something that does not exist. An
    error stops a publication."""
    trigger = trigger_kind(definition.trigger.kind)
    found = problems(definition)
    if trigger is not None and trigger.has_occasions:
        found = [problem for problem in found if problem.code != "may_enter_at_any_time"]
    known = {(problem.step, problem.arm) for problem in found if problem.is_error}
    more = [*_unknown(journey, definition), *_vouchers(definition), *_untemplated(journey, definition)]
    return found + [p for p in more if (p.step, p.arm) not in known]


def _vouchers(definition: Definition) -> Iterator[Problem]:
    """Messages that name a voucher which no step before them gives, and vouchers that no message names."""
    steps = steps_in_order(definition)
    for step in steps:
        if isinstance(step, Send) and carries_voucher(step):
            if not any(map(gives_voucher, steps_before(definition, step.id))):
                yield Problem(step.id, "no_voucher_given")
        elif gives_voucher(step):
            later = (other for other in steps if isinstance(other, Send) and carries_voucher(other))
            if not any(step in steps_before(definition, other.id) for other in later):
                yield Problem(step.id, "voucher_not_named", is_error=False)


def _untemplated(journey: Journey, definition: Definition) -> Iterator[Problem]:
    """Messages without the template that a number needs outside the 24 hours after a customer's message."""
    needing = {channel.pk for channel in possible_senders(journey) if needs_template(channel)}
    if not needing:
        return
    messages = [step for step in steps_in_order(definition) if isinstance(step, Send)]
    ids = [step.template for step in messages if step.template]
    chosen = Template.objects.filter(workspace=journey.workspace, pk__in=ids)
    channels = dict(chosen.values_list("pk", "channel"))
    for step in messages:
        covered = {channels.get(step.template or 0)}
        if needing - covered:
            yield Problem(step.id, "no_template", is_error=False)


def _is_sendable(workspace: Workspace, step: Send) -> bool:
    template = Template.objects.filter(workspace=workspace, pk=step.template or 0).select_related("channel").first()
    if template is None:
        return False
    media = MediaFile.objects.filter(workspace=workspace, pk=step.media).first() if step.media else None
    try:
        check_template(
            workspace=workspace, template=template, parameters=dict(step.parameters), purpose=step.purpose,
            media=media if header_file(template.components) else None,
        )  # fmt: skip
    except DomainError:
        return False
    return True


def _unknown(journey: Journey, definition: Definition) -> Iterator[Problem]:
    trigger = trigger_kind(definition.trigger.kind)
    if definition.trigger.kind and (
        trigger is None or checked(trigger.check, journey.workspace, definition.trigger.settings) is None
    ):
        yield Problem("", "bad_trigger")
    if definition.entry.only and not holds_together(journey.workspace, definition.entry.only):
        yield Problem("", "bad_condition")
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
            if action is None or checked(action.check, workspace, step.params) is None:
                yield Problem(step.id, "bad_action")
        case Send(template=template) if template is not None and not _is_sendable(workspace, step):
            yield Problem(step.id, "bad_template")
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


def checked(
    check_settings: Callable[[Workspace, Settings], Settings], workspace: Workspace, settings: Settings
) -> Settings | None:
    """The settings of a trigger or an action as they are stored; None if they are refused."""
    try:
        return check_settings(workspace, settings)
    except (DomainError, TypeError, ValueError):  # in a draft that was typed, a value may have any type
        return None
