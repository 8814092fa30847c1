"""Test runs: one person goes through the draft with a fast clock. Nothing is sent and nothing is stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher
from wabolt.commerce.queries import GIVE_VOUCHER, voucher_values
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import contact_action
from wabolt.journeys.queries.checking import checked
from wabolt.journeys.queries.vouchers import gives_voucher
from wabolt.journeys.registry import trigger_kind
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.interpreter import Passed, Traveller, advance
from wabolt.journeys.rules.plan import due_of, plan_of
from wabolt.journeys.rules.structure import steps_before, steps_in_order
from wabolt.journeys.wording import happening_words, when_words
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.quiet_hours import Hours, quiet_until
from wabolt.messaging.models import Message, Template
from wabolt.messaging.queries import reads_as
from wabolt.personalization.queries import preview
from wabolt.segments.queries import BrokenSegment, SegmentError, condition_words, holds_for, tree_from_text

SAMPLE_CODE = "CONTOH-1234"
REACTIONS = ("nothing", "read", "clicked", "replied", "order")
"""The reaction of the person to each message, in ascending order of interest."""
_REACHED = {
    "nothing": ("delivered",), "read": ("delivered", "read"), "clicked": ("delivered", "read", "clicked"),
    "replied": ("delivered", "read", "replied"), "order": ("delivered", "read", "clicked", "replied"),
}  # fmt: skip
_EVENTS = {"replied": ("message_received",), "clicked": ("link_clicked",), "order": ("order_completed",)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A step of a test run. `at`: on the fast clock; a message that falls into quiet hours has the end of these. `why`:
    the reason for the branch that was taken. `text`: the message as the person would read it."""

    step: d.Step
    at: datetime
    outcome: str
    why: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TestRun:
    """`ended`: "finished", "goal" or "exit". `never`: steps that this person did not reach."""

    __test__ = False  # no test class of pytest

    shown: list[Shown]
    ended: str
    ended_at: datetime
    never: list[d.Step]


@dataclass(slots=True)
class _World:
    """The facts about a person who reacts in one way to each message. Without a contact, conditions about the customer
    are false."""

    workspace: Workspace
    definition: d.Definition
    contact: Contact | None
    reaction: str
    sent: int = 0

    def leaves(self, now: datetime) -> str:
        if self.sent and self.definition.goal is not None and self.has_happened(self.definition.goal, now):
            return "goal"
        return "exit" if self.sent and any(self.has_happened(one, now) for one in self.definition.exits) else ""

    def is_true(self, when: d.When, now: datetime) -> bool:
        if isinstance(when, d.Outcome):
            return when.is_ in _REACHED[self.reaction]
        return self._holds(when)

    def has_happened(self, happening: d.Happening, now: datetime) -> bool:
        match happening.kind:
            case "order":
                return self.reaction == "order"
            case "event":
                return happening.event in _EVENTS.get(self.reaction, ())
            case _:
                return self._holds(happening.when)

    def do(self, step: d.Send | d.Act | d.Webhook, now: datetime) -> tuple[str, str]:
        self.sent += isinstance(step, d.Send)
        return ("sent" if isinstance(step, d.Send) else "done"), ""

    def _holds(self, text: str) -> bool:
        if self.contact is None:
            return False
        try:
            return holds_for(self.workspace, tree_from_text(self.workspace, text), self.contact.pk)
        except (SegmentError, BrokenSegment):
            return False


def run_test(
    workspace: Workspace,
    definition: d.Definition,
    contact: Contact | None,
    reaction: str,
    began: datetime,
    hours: Hours,
) -> TestRun:
    """Plays a person through a definition from `began`. `contact` None: a person about whom nothing is known.
    `reaction`: one of `REACTIONS`."""
    plan, world = plan_of(definition), _World(workspace, definition, contact, reaction)
    person = Traveller(plan.first, began, began)
    shown: list[Shown] = []
    now = began
    for _turn in range(2 * d.MAX_STEPS):
        passed = advance(plan, person, world, now, workspace.tz)
        shown.extend(_shown(world, plan.steps[one.step], one, hours) for one in passed)
        if person.step is None:
            break
        now = max(now, due_of(plan.steps[person.step], person.since, workspace.tz))
    seen = {one.step.id for one in shown}
    never = [step for step in steps_in_order(definition) if step.id not in seen]
    return TestRun(shown, person.ended or "finished", now, never)


def _shown(world: _World, step: d.Step, passed: Passed, hours: Hours) -> Shown:
    match step:
        case d.Send():
            quiet = quiet_until(hours, passed.at) if passed.outcome == "sent" else None
            if quiet is None:
                return Shown(step, passed.at, passed.outcome, text=_text(world, step))
            if step.quiet == "skip":
                return Shown(step, passed.at, "skipped", _("It is quiet hours, so this message is left out."))
            return Shown(
                step, quiet, "sent", _("It was quiet hours, so it goes out when they are over."), _text(world, step)
            )
        case d.Branch():
            return Shown(step, passed.at, passed.outcome, _why_branch(world, step, passed.choice or 0))
        case d.Split():
            return Shown(
                step, passed.at, passed.outcome, _("Drawn at random: way %(n)s.") % {"n": (passed.choice or 0) + 1}
            )
        case d.Wait(until=until) if until is not None:
            words = {"until": happening_words(world.workspace, until)}
            happened = passed.outcome == "happened"
            return Shown(
                step,
                passed.at,
                passed.outcome,
                (_("Yes: %(until)s.") if happened else _("Not in time: %(until)s.")) % words,
            )
        case _:
            return Shown(step, passed.at, passed.outcome)


def _why_branch(world: _World, step: d.Branch, choice: int) -> str:
    if choice < len(step.arms):
        when = step.arms[choice].when
        return _("Yes: %(condition)s") % {"condition": _condition(world, when)}
    checked = "; ".join(_condition(world, arm.when) for arm in step.arms)
    reason = _("No: %(conditions)s. So: everyone else.") % {"conditions": checked}
    about_customer = any(isinstance(arm.when, str) for arm in step.arms)
    if world.contact is None and about_customer:
        reason += " " + _("Nothing is known about the example customer; choose a real one to see more.")
    return reason


def _condition(world: _World, when: d.When) -> str:
    if isinstance(when, str):
        return condition_words(world.workspace, when)
    words = when_words(world.workspace, world.definition, when)
    return words[:1].lower() + words[1:]


def _sample_voucher(workspace: Workspace, definition: d.Definition, step: d.Step) -> dict[str, Any]:
    """The values of a voucher as the steps before this one give it, with a sample as its code; {} if none does."""
    given = [one for one in steps_before(definition, step.id) if gives_voucher(one)]
    action = contact_action(GIVE_VOUCHER)
    params = checked(action.check, workspace, given[-1].params) if given and action else None
    if params is None:
        return {}
    until = clock.now() + timedelta(days=params["days"])
    sample = Voucher(code=SAMPLE_CODE, percent=params["percent"], valid_until=until)
    return {"voucher": voucher_values(workspace, sample)}


def sample_values(workspace: Workspace, definition: d.Definition, step: d.Step) -> dict[str, Any]:
    """The values of a text that come with the message: of the occasion, and of a voucher."""
    kind = trigger_kind(definition.trigger.kind)
    settings = checked(kind.check, workspace, definition.trigger.settings) if kind else None
    occasion = kind.sample(workspace, settings) if kind and settings is not None else {}
    return {**occasion, **_sample_voucher(workspace, definition, step)}


def _text(world: _World, step: d.Send) -> str:
    """The message as the person reads it; that of a template if there is no other text."""
    text, purpose = step.text, step.purpose
    if not text.strip() and step.template:
        template = Template.objects.filter(workspace=world.workspace, pk=step.template).first()
        text = reads_as(template.components, dict(step.parameters)) if template else ""
        purpose = Message.Purpose.SERVICE  # a template has its own words about stopping
    with translation.override(world.workspace.language):
        try:
            given = sample_values(world.workspace, world.definition, step)
            return preview(world.workspace, text, world.contact, purpose=purpose, variables=given)
        except DomainError:
            return text
