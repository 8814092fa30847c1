"""The path of one person through a journey, without a database: for test runs, and as the law that the engine obeys."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from .definition import Act, Branch, End, Happening, Send, Split, Step, Wait, Webhook, When
from .plan import Plan, arm_for, arrival, came_too_late, due_of


class World(Protocol):
    """The facts about the person."""

    def leaves(self, now: datetime) -> str:
        """The reason for which the person leaves the journey now: "goal", "exit" or another one; "": stays."""

    def is_true(self, when: When, now: datetime) -> bool:
        """Whether the condition of an arm is true."""

    def has_happened(self, happening: Happening, now: datetime) -> bool:
        """Whether this has happened since the person reached the present step."""

    def do(self, step: Send | Act | Webhook, now: datetime) -> tuple[str, str]:
        """Does what the step says. Returns the outcome, "sent", "done" or "skipped", and its reason."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that the person went through. `outcome` as in `StepRun`; `why`: the arm or the reason."""

    step: str
    at: datetime
    outcome: str
    why: str = ""
    choice: int | None = None


@dataclass(slots=True)
class Traveller:
    """A person in a journey. `step` None: the journey has ended, and `ended` is the reason. `seed`: decides about
    splits. `is_behind`: they entered after the moment that the journey counts from (`plan.arrival`)."""

    step: str | None
    since: datetime
    entered: datetime
    seed: str = "1"
    is_behind: bool = False
    visit: int = 1
    done: set[str] = field(default_factory=set)
    ended: str = ""

    def move_to(self, step: str, now: datetime) -> None:
        """A member sends the person to another step. Going back to a step that is done begins a new visit."""
        if self.step is not None:
            self.done.add(self.step)
        if step in self.done:
            self.visit += 1
            self.done.clear()
        self.step, self.since, self.is_behind = step, now, False

    def goes_on_at(self, step: str | None, now: datetime) -> None:
        """The step at which the person was is gone; they go on at `step`."""
        if self.step is not None:
            self.done.add(self.step)
        self.step, self.since, self.is_behind = step, now, False
        self.ended = "" if step else "finished"


def advance(plan: Plan, person: Traveller, world: World, now: datetime, tz: tzinfo) -> Iterator[Passed]:
    """Moves the person until a step is not due at `now` or the journey is over; yields the steps they went through."""
    while person.step is not None:
        if reason := world.leaves(now):
            person.step, person.ended = None, reason
            return
        if person.step in person.done:  # only an edit puts a person there
            person.step, person.since = plan.next_after(person.step, None, person.done), now
            person.ended, person.is_behind = "" if person.step else "finished", False
            continue
        step = plan.steps[person.step]
        passed = _work_on(step, person, world, now, tz)
        if passed is None:
            return
        yield passed
        person.done.add(step.id)
        after = None if isinstance(step, End) else plan.next_after(step.id, passed.choice, person.done)
        due = due_of(step, person.since, tz)
        person.since, person.is_behind = arrival(due, person.entered, now, is_behind=person.is_behind)
        person.step, person.ended = after, "" if after else "finished"


def _work_on(step: Step, person: Traveller, world: World, now: datetime, tz: tzinfo) -> Passed | None:
    """The result of the step; None: the person waits at it."""
    due = due_of(step, person.since, tz)
    match step:
        case Wait(mode="happening", until=until):
            if until is not None and world.has_happened(until, now):
                return Passed(step.id, now, "happened")
            return Passed(step.id, now, "timed_out") if now >= due else None
        case _ if now < due:
            return None
        case Wait():
            return Passed(step.id, now, "waited")
        case Branch(arms=arms):
            taken = (number for number, arm in enumerate(arms) if world.is_true(arm.when, now))
            choice = next(taken, len(arms))
            return Passed(step.id, now, "branched", str(choice), choice)
        case Split():
            choice = arm_for(step, f"{person.seed}:{person.visit}")
            return Passed(step.id, now, "branched", str(choice), choice)
        case End():
            return Passed(step.id, now, "done")
        case Send() | Act() | Webhook():
            behind = person.is_behind and came_too_late(person.since, person.entered, tz)
            if reason := "joined_later" if behind else too_late(step, person.since, now):
                return Passed(step.id, now, "skipped", reason)
            return Passed(step.id, now, *world.do(step, now))


def too_late(step: Step, since: datetime, now: datetime) -> str:
    """The reason "too_late" of a message that may not be sent so long after its step was reached; "": it may."""
    limit = step.not_later_minutes if isinstance(step, Send) else None
    return "too_late" if limit is not None and now > since + timedelta(minutes=limit) else ""
