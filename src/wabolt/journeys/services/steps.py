"""Working on one step for many people: what happens to each of them, and the effects, set-wise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.registry import ActionRun, contact_action
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.channels import senders
from wabolt.journeys.queries.doubles import got_before_merge
from wabolt.journeys.queries.facts import Person, happened_since_arrival, true_for
from wabolt.journeys.queries.plans import Published
from wabolt.journeys.rules.definition import Act, Branch, End, Send, Split, Step, Wait, Webhook
from wabolt.journeys.rules.interpreter import too_late
from wabolt.journeys.rules.keys import step_key
from wabolt.journeys.rules.plan import arm_for, came_too_late, due_of
from wabolt.journeys.services.sending import send_to
from wabolt.lib import jobs
from wabolt.lib.errors import DomainError

LOOK_AGAIN = timedelta(hours=1)
"""Time between two looks at a condition that may become true without an event, such as "no order for 30 days"."""


@dataclass(frozen=True, slots=True)
class Work:
    """The step that is worked on, and the journey around it."""

    workspace: Workspace
    journey: Journey
    published: Published
    step: Step
    now: datetime

    @property
    def step_id(self) -> int:
        return self.published.pks[self.step.id]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a step for one person. `choice`: the arm that they take."""

    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    choice: int | None = None


@dataclass(slots=True)
class Results:
    """By enrollment id: the outcome (`passed`), the time of the next look at those who stay (`stay`), and reason and
    error of those who cannot go on (`stuck`)."""

    passed: dict[int, Outcome] = field(default_factory=dict)
    stay: dict[int, datetime] = field(default_factory=dict)
    stuck: dict[int, tuple[str, str]] = field(default_factory=dict)


def work_on(work: Work, people: Sequence[Person]) -> Results:
    """Works on a step for people who are at it. The effects are written in the caller's transaction."""
    results = Results()
    tz = work.workspace.tz
    if isinstance(work.step, Wait) and work.step.mode == "happening":
        _listen(work, work.step, people, results)
        return results
    due = []
    for person in people:
        moment = due_of(work.step, person.waiting_since, tz)
        if moment <= work.now:
            due.append(person)
        else:
            results.stay[person.id] = moment
    _HANDLERS[type(work.step)](work, due, results)
    return results


def _listen(work: Work, step: Wait, people: Sequence[Person], results: Results) -> None:
    assert step.until is not None
    happened = happened_since_arrival(work.workspace, step.until, people, work.now)
    for person in people:
        end = due_of(step, person.waiting_since, work.workspace.tz)
        if person.id in happened:
            results.passed[person.id] = Outcome("happened")
        elif end <= work.now:
            results.passed[person.id] = Outcome("timed_out")
        else:
            again = min(end, work.now + LOOK_AGAIN) if step.until.kind == "segment" else end
            results.stay[person.id] = again


def _waited(_work: Work, people: Sequence[Person], results: Results) -> None:
    results.passed |= {person.id: Outcome("waited") for person in people}


def _ended(_work: Work, people: Sequence[Person], results: Results) -> None:
    results.passed |= {person.id: Outcome("done") for person in people}


def _branch(work: Work, people: Sequence[Person], results: Results) -> None:
    assert isinstance(work.step, Branch)
    left = list(people)
    for number, arm in enumerate(work.step.arms):
        taken = true_for(work.workspace, arm.when, left, work.published.pks, work.now)
        results.passed |= dict.fromkeys(taken, Outcome("branched", {"arm": number}, number))
        left = [person for person in left if person.id not in taken]
    other = len(work.step.arms)
    results.passed |= {person.id: Outcome("branched", {"arm": other}, other) for person in left}


def _split(work: Work, people: Sequence[Person], results: Results) -> None:
    assert isinstance(work.step, Split)
    for person in people:
        choice = arm_for(work.step, f"{person.id}:{person.visit}")
        results.passed[person.id] = Outcome("branched", {"arm": choice}, choice)


def _in_time(work: Work, people: Sequence[Person], results: Results) -> list[Person]:
    """Those for whom the step is not left out because of time."""
    in_time = []
    for person in people:
        since = person.waiting_since
        behind = person.is_behind and came_too_late(since, person.entered_at, work.workspace.tz)
        if reason := "joined_later" if behind else too_late(work.step, since, work.now):
            results.passed[person.id] = Outcome("skipped", {"reason": reason})
        else:
            in_time.append(person)
    return in_time


def _without(work: Work, people: Sequence[Person], results: Results) -> list[Person]:
    """Returns the people who did not already get the effect of this step before a merge."""
    entry = work.published.plan.definition.entry
    got = got_before_merge(work.workspace, entry, work.step_id, people)
    results.passed |= dict.fromkeys(got, Outcome("skipped", {"reason": "got_before_merge"}))
    return [person for person in people if person.id not in got]


def _send(work: Work, people: Sequence[Person], results: Results) -> None:
    assert isinstance(work.step, Send)
    for channel, some in _by_channel(work, _without(work, _in_time(work, people, results), results)).items():
        if channel is None:
            problem = str(_("The shop has no number that could send this."))
            results.stuck |= {person.id: ("no_channel", problem) for person in some}
            continue
        skipped = send_to(work.journey, work.step, work.published, channel, some, work.now)
        for person in some:
            reason = skipped.get(person.id)
            results.passed[person.id] = Outcome("skipped", {"reason": reason}) if reason else Outcome("sent")


def _by_channel(work: Work, people: Sequence[Person]) -> dict[Channel | None, list[Person]]:
    """The people by the number that writes to them."""
    found: dict[Channel | None, list[Person]] = {}
    channels = senders(work.journey, [person.contact_id for person in people])
    for person in people:
        found.setdefault(channels.get(person.contact_id), []).append(person)
    return found


def _act(work: Work, people: Sequence[Person], results: Results) -> None:
    assert isinstance(work.step, Act)
    action = contact_action(work.step.action)
    if action is None:
        raise DomainError(_("This action no longer exists."), code="unknown_action")
    left = _in_time(work, people, results)
    if action.gives or action.asks:
        left = _without(work, left, results)
    while left:  # a run has one key per contact; a contact may be in the journey for two occasions
        keys: dict[int, str] = {}
        by_contact = {person.contact_id: person for person in reversed(left)}
        for contact_id, person in by_contact.items():
            keys[contact_id] = step_key(person.id, work.step_id, person.visit)
        refused = action.apply(ActionRun(work.workspace, keys, work.step.params, ("journey", work.step_id)))
        for contact_id, person in by_contact.items():
            reason = refused.get(contact_id)
            results.passed[person.id] = Outcome("skipped", {"reason": reason}) if reason else Outcome("done")
        left = [person for person in left if by_contact[person.contact_id] is not person]


def _webhook(work: Work, people: Sequence[Person], results: Results) -> None:
    for person in _without(work, _in_time(work, people, results), results):
        jobs.defer("journeys.webhook", enrollment_id=person.id, step_id=work.step_id, visit=person.visit)
        results.passed[person.id] = Outcome("done")


_HANDLERS: Mapping[type, Callable[[Work, Sequence[Person], Results], None]] = {
    Send: _send, Wait: _waited, Branch: _branch, Split: _split, Act: _act, Webhook: _webhook, End: _ended,
}  # fmt: skip
