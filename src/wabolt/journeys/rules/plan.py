"""A definition prepared for moving people: which step follows, and when a step is due."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from .definition import Definition, Split, Step, Wait
from .structure import arms_of, first, next_after, steps_in_order


@dataclass(frozen=True, slots=True)
class Plan:
    """`steps`: every step by its id. `first`: where people begin. `following`: the step after the whole of a step, None
    at the end. `arms`: the first step of each arm."""

    definition: Definition
    steps: Mapping[str, Step]
    first: str | None
    following: Mapping[str, str | None]
    arms: Mapping[str, tuple[str | None, ...]]

    def next_after(self, step_id: str, choice: int | None, done: Collection[str] = ()) -> str | None:
        """The step after this one; None: the journey ends. Steps in `done` are passed over with all that they hold.

        `choice`: the arm of a branch or a split that the person takes.
        """
        at = self._after(step_id, choice)
        while at is not None and at in done:
            at = self.following[at]
        return at

    def _after(self, step_id: str, choice: int | None) -> str | None:
        arms = self.arms[step_id]
        inside = arms[choice] if choice is not None and choice < len(arms) else None
        return inside if inside is not None else self.following[step_id]


def plan_of(definition: Definition) -> Plan:
    """The plan of a definition."""
    steps = {step.id: step for step in steps_in_order(definition)}
    return Plan(
        definition,
        steps,
        first(definition),
        {key: next_after(definition, key) for key in steps},
        {key: tuple(arm[0].id if arm else None for arm in arms_of(step)) for key, step in steps.items()},
    )


def due_of(step: Step, since: datetime, tz: tzinfo) -> datetime:
    """The moment at which the engine works on a step that a person reached at `since` (aware). For a wait for something
    it is the moment at which the wait times out."""
    match step:
        case Wait(mode="duration"):
            due = since + timedelta(minutes=step.minutes)
            return next_clock(due, step.at, (), tz) if step.at else due
        case Wait(mode="clock"):
            # A person who is behind reaches the step at the very moment at which the wait before it ended.
            return next_clock(since + timedelta.resolution, step.at, step.weekdays, tz)
        case Wait():
            return since + timedelta(minutes=step.minutes)
        case _:
            return since


def next_clock(since: datetime, at: str, weekdays: Collection[int], tz: tzinfo) -> datetime:
    """The first moment not before `since` at which the clock of the zone shows `at` ("HH:MM") on one of `weekdays` (0:
    Monday; none: every day)."""
    shown = time.fromisoformat(at)
    day = since.astimezone(tz).date()
    for ahead in range(9):
        moment = datetime.combine(day + timedelta(days=ahead), shown, tzinfo=tz)
        if moment >= since and (not weekdays or moment.weekday() in weekdays):
            return moment.astimezone(since.tzinfo)
    raise AssertionError("a week has every weekday")


def entry_moment(entry_from: str, now: datetime, tz: tzinfo) -> datetime:
    """The moment at which a person who enters at `now` begins: at once, or at `entry_from` ("HH:MM", "" for at once) of
    this day if that is later."""
    if not entry_from:
        return now
    today = datetime.combine(now.astimezone(tz).date(), time.fromisoformat(entry_from), tzinfo=tz)
    return max(now, today.astimezone(now.tzinfo))


def arm_for(split: Split, seed: str) -> int:
    """The arm of a split for this seed. The same seed always gets the same arm; over many seeds the shares are the
    weights."""
    weights = [arm.weight for arm in split.arms]
    number = int.from_bytes(hashlib.blake2b(f"{split.id}:{seed}".encode(), digest_size=8).digest())
    point = number % max(1, sum(weights))
    for index, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return index
    return 0


def came_too_late(since: datetime, entered: datetime, tz: tzinfo) -> bool:
    """Whether a person who is behind leaves out a step that was due at `since`: they entered on a later day of the
    shop."""
    return since.astimezone(tz).date() < entered.astimezone(tz).date()


def arrival(due: datetime, entered: datetime, now: datetime, *, is_behind: bool) -> tuple[datetime, bool]:
    """The moment at which a person who leaves a step has reached the next one, and whether they are still behind.

    Usually it is now. A person who entered after the moment that the journey counts from is behind and catches up:
    until then each step is reached when the one before it was due.
    """
    still = is_behind and due < entered
    return (due if still else now), still
