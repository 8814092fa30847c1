"""Finds missing and pointless parts of a definition. Errors stop a publication, warnings do not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import definition as d
from .event_data import is_condition
from .structure import Steps, arms_of, steps_before, steps_in_order

_URL = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")


_VOUCHER = re.compile(r"\{[{%][^{}]*\bvoucher\.")


@dataclass(frozen=True, slots=True)
class Problem:
    """`step`: id of the step, "" for the journey itself. `code` names the fault, `is_error` whether it stops the
    publication. `arm`: which arm of the step it is about, counted from 1; 0 is the step itself."""

    step: str
    code: str
    is_error: bool = True
    arm: int = 0


def mentions_voucher(text: str) -> bool:
    """Whether a text uses a variable of the voucher."""
    return _VOUCHER.search(text) is not None


def carries_voucher(step: d.Send) -> bool:
    """Whether a message uses a variable of the voucher, in its text or in the gaps of its template."""
    return any(map(mentions_voucher, (step.text, *(liquid for _gap, liquid in step.parameters))))


def problems(definition: d.Definition) -> list[Problem]:
    """Returns all problems that need no database, in reading order. The services check that segments, triggers and
    actions exist."""
    found = list(_journey(definition))
    for step in steps_in_order(definition):
        found += _step(definition, step)
    return found + list(_unreachable(definition.steps))


def _journey(definition: d.Definition) -> Iterator[Problem]:
    if not definition.trigger.kind:
        yield Problem("", "no_trigger")
    if not definition.steps:
        yield Problem("", "no_steps")
    if any(not _complete(happening) for happening in definition.exits):
        yield Problem("", "incomplete_exit")
    if definition.goal is not None and not _complete(definition.goal):
        yield Problem("", "incomplete_goal")
    if definition.entry.reentry == "always" and not definition.entry.cooldown_days:
        yield Problem("", "may_enter_at_any_time", is_error=False)


def _step(definition: d.Definition, step: d.Step) -> Iterator[Problem]:
    match step:
        case d.Send():
            yield from _send(step)
        case d.Wait():
            yield from _wait(step)
        case d.Branch():
            known = {before.id: before for before in steps_before(definition, step.id)}
            for number, arm in enumerate(step.arms, 1):
                if not _answerable(arm.when, known):
                    yield Problem(step.id, "incomplete_condition", arm=number)
        case d.Split() if not sum(arm.weight for arm in step.arms):
            yield Problem(step.id, "no_weight")
        case d.Act() if not step.action:
            yield Problem(step.id, "no_action")
        case d.Webhook() if not _URL.fullmatch(step.url):
            yield Problem(step.id, "bad_url")


def _send(step: d.Send) -> Iterator[Problem]:
    if not (step.text.strip() or step.media or step.template):
        yield Problem(step.id, "empty_message")
    if any(not choice.strip() for choice in step.choices):
        yield Problem(step.id, "empty_choice")


def _wait(step: d.Wait) -> Iterator[Problem]:
    if step.mode == "duration" and not step.amount and not step.at:
        yield Problem(step.id, "no_wait", is_error=False)
    if step.mode == "clock" and not step.at:
        yield Problem(step.id, "no_clock")
    if step.mode == "happening" and (step.until is None or not _complete(step.until)):
        yield Problem(step.id, "incomplete_wait")
    if step.mode == "happening" and not step.amount:
        yield Problem(step.id, "no_timeout")


def _complete(happening: d.Happening) -> bool:
    match happening.kind:
        case "event":
            return bool(happening.event) and all(is_condition(name, value) for name, value in happening.where.items())
        case "segment":
            return bool(happening.when.strip())
        case _:
            return True


def _answerable(when: d.When, known: dict[str, d.Step]) -> bool:
    """Returns whether a condition is complete. An outcome needs an earlier step that can have it."""
    if isinstance(when, str):
        return bool(when.strip())
    step = known.get(when.step)
    if when.is_ in d.MESSAGE_OUTCOMES:
        return isinstance(step, d.Send)
    return isinstance(step, d.Wait) and step.mode == "happening"


def _unreachable(steps: Steps) -> Iterator[Problem]:
    ended = False
    for step in steps:
        if ended:
            yield Problem(step.id, "never_reached", is_error=False)
        for arm in arms_of(step):
            yield from _unreachable(arm)
        ended = ended or ends_always(step)


def ends_always(step: d.Step) -> bool:
    """Returns whether the journey ends in this step for each person: an end, or a branch all of whose arms end."""
    arms = arms_of(step)
    return isinstance(step, d.End) or (bool(arms) and all(any(map(ends_always, arm)) for arm in arms))
