"""The model of the law of the engine: random journeys, their edits, and the plain interpreter with facts in
dictionaries."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wabolt.journeys.rules import editing
from wabolt.journeys.rules.definition import (
    Act,
    Branch,
    BranchArm,
    Definition,
    End,
    Entry,
    Happening,
    Outcome,
    Send,
    Split,
    SplitArm,
    Step,
    Trigger,
    Wait,
    When,
)
from wabolt.journeys.rules.interpreter import Passed, Traveller, advance
from wabolt.journeys.rules.plan import plan_of
from wabolt.journeys.rules.structure import Place, difference, goes_on_at, places
from wabolt.lib import clock

DAY = timedelta(days=1)
_FAR = datetime.max.replace(tzinfo=UTC)
KINDS = ("order_completed", "message_received")
TAGS = ("a", "b")


# Journeys -------------------------------------------------------------------------------------------------------------


class Ids:
    """Ids of steps in order: s1, s2 ..."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        self.last += 1
        return f"s{self.last}"


def condition(chance: random.Random, before: list[Step]) -> When:
    sends = [step for step in before if isinstance(step, Send)]
    waits = [step for step in before if isinstance(step, Wait) and step.until]
    drawn = chance.random()
    if sends and drawn < 0.3:
        return Outcome(chance.choice(sends).id, chance.choice(("read", "delivered")))
    if waits and drawn < 0.5:
        return Outcome(chance.choice(waits).id, chance.choice(("happened", "timed_out")))
    return f'tag "{chance.choice(TAGS)}"'


def happening(chance: random.Random) -> Happening:
    labelled = Happening("segment", when=f'tag "{chance.choice(TAGS)}"')
    return chance.choice((Happening("order"), Happening("event", "message_received"), labelled))


def make_step(chance: random.Random, new_id: Ids, before: list[Step], depth: int = 0) -> Step:
    kinds = ["send", "send", "wait", "wait", "wait", "event", "act"] + (["branch", "split"] if depth < 2 else ["end"])
    match chance.choice(kinds):
        case "send":
            late = chance.choice((None, None, 90))
            return Send(new_id(), "Halo Kak", not_later_minutes=late)
        case "wait":
            if chance.random() < 0.3:
                return Wait(new_id(), "clock", at="09:00", weekdays=chance.choice(((), (0, 3))))
            return Wait(new_id(), amount=chance.randint(0, 5), unit=chance.choice(("hours", "days")))
        case "event":
            return Wait(new_id(), "happening", chance.randint(1, 3), until=happening(chance))
        case "act":
            return Act(new_id(), "contacts.tag", {"tag": chance.choice(TAGS)})
        case "branch":
            branch_id = new_id()
            arms = tuple(
                BranchArm(condition(chance, before), make_steps(chance, new_id, before, depth + 1)) for _ in range(2)
            )
            return Branch(branch_id, arms, make_steps(chance, new_id, before, depth + 1))
        case "split":
            split_id = new_id()
            arms = tuple(
                SplitArm(chance.randint(0, 2), make_steps(chance, new_id, before, depth + 1)) for _ in range(2)
            )
            return Split(split_id, (replace(arms[0], weight=1), arms[1]))
        case _:
            return End(new_id())


def make_steps(chance: random.Random, new_id: Ids, before: list[Step], depth: int) -> tuple[Step, ...]:
    found: list[Step] = []
    for _ in range(chance.randint(0, 2)):
        found.append(make_step(chance, new_id, [*before, *found], depth))
    return tuple(found)


def make_definition(chance: random.Random, new_id: Ids) -> Definition:
    steps: list[Step] = []
    for _ in range(chance.randint(2, 5)):
        steps.append(make_step(chance, new_id, steps))
    exits = (Happening("segment", when='tag "out"'),) if chance.random() < 0.4 else ()
    goal = Happening("order") if chance.random() < 0.4 else None
    return Definition(Trigger("by_hand"), Entry("after_end"), exits, goal, tuple(steps))


def edited(definition: Definition, chance: random.Random, new_id: Ids) -> Definition:
    """The definition after one to three edits. It may refer to steps that come later or no longer exist."""
    if chance.random() < 0.6:
        definition = editing.move(definition, definition.steps[0].id, Place("", 0, 99))
    for _ in range(chance.randint(1, 3)):
        known = list(places(definition))
        place, step = chance.choice(known)
        match chance.choice(("delete", "up", "down", "insert", "change", "change", "move", "goal")):
            case "delete" if len(known) > 1:
                definition = (
                    editing.delete(definition, step.id) if len(definition.steps) > 1 or place.parent else definition
                )
            case "up":
                definition = editing.move_up(definition, step.id)
            case "down":
                definition = editing.move_down(definition, step.id)
            case "insert":
                definition = editing.insert(definition, place, make_step(chance, new_id, [], 1))
            case "move":
                definition = editing.move(definition, step.id, Place("", 0, chance.randint(0, 3)))
            case "change" if isinstance(step, Wait) and step.mode != "clock":
                definition = editing.put(definition, replace(step, amount=chance.randint(0, 6)))
            case "goal":
                definition = replace(definition, goal=None if definition.goal else Happening("order"))
    return definition


# The model ------------------------------------------------------------------------------------------------------------


@dataclass
class Facts:
    """A contact: the events with their order and time, and the labels."""

    events: list[tuple[int, datetime, str]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)


@dataclass
class Stay:
    """An enrollment of the model. `origin`: the contact that entered."""

    person: Traveller
    contact: int
    origin: int
    entered_after: int
    arrived_after: int
    ended_at: datetime | None = None
    runs: list[tuple[str, int, str]] = field(default_factory=list)
    read: set[tuple[str, int]] = field(default_factory=set)
    cancelled: set[tuple[str, int]] = field(default_factory=set)

    def messages(self) -> set[tuple[str, int]]:
        """Those that were sent or are queued. An enrollment that ended early has cancelled its queued messages."""
        sent = {(step, visit) for step, visit, outcome in self.runs if outcome == "sent"}
        return (sent if self.person.step or self.person.ended == "finished" else sent & self.read) - self.cancelled

    def kept_messages(self, step: str) -> set[tuple[str, int]]:
        return {one for one in self.messages() if one[0] == step}


class View:
    """The facts of one enrollment, as the interpreter asks for them."""

    def __init__(self, world: "World", stay: Stay) -> None:
        self.world, self.stay, self.facts = world, stay, world.facts[stay.contact]

    def leaves(self, now: datetime) -> str:
        definition = self.world.definition
        if definition.goal is not None and self._is(
            definition.goal, self.stay.entered_after, self.stay.person.entered, now
        ):
            return "goal"
        ended = any(
            self._is(exit_, self.stay.entered_after, self.stay.person.entered, now) for exit_ in definition.exits
        )
        return "exit" if ended else ""

    def is_true(self, when: When, now: datetime) -> bool:
        if isinstance(when, str):
            return when.split('"')[1] in self.facts.tags
        mine = [(visit, outcome) for step, visit, outcome in self.stay.runs if step == when.step]
        if not mine:
            return False
        visit, outcome = max(mine)
        if when.is_ in ("read", "delivered"):
            return (when.step, visit) in self.stay.read
        return outcome == when.is_

    def has_happened(self, happening: Happening, now: datetime) -> bool:
        return self._is(happening, self.stay.arrived_after, self.stay.person.since, now)

    def do(self, step: Any, now: datetime) -> tuple[str, str]:
        if isinstance(step, Send):
            got = self.stay.person.visit == 1 and any(self._got(one, step.id) for one in self.world.stays.values())
            return ("skipped", "got_before_merge") if got else ("sent", "")
        self.world.tag(self.stay.contact, step.params["tag"])
        return "done", ""

    def _got(self, other: Stay, step: str) -> bool:
        """Whether the person got the message in another enrollment, which a merge brought."""
        return other is not self.stay and self.world.are_doubles(self.stay, other) and bool(other.kept_messages(step))

    def _is(self, happening: Happening, after: int, since: datetime, now: datetime) -> bool:
        if happening.kind == "segment":
            return happening.when.split('"')[1] in self.facts.tags
        kind = "order_completed" if happening.kind == "order" else happening.event
        return any(n > after and at >= min(since, now) - DAY and found == kind for n, at, found in self.facts.events)


class World:
    """The model of one journey."""

    def __init__(self, definition: Definition, contacts: list[int], tz: Any) -> None:
        self.definition, self.tz = definition, tz
        self.facts = {contact: Facts() for contact in contacts}
        self.stays: dict[int, Stay] = {}
        self.merged: dict[int, int] = {}
        self.is_paused = False
        self.events = 0

    def tag(self, contact: int, name: str) -> None:
        self.facts[contact].tags.add(name)

    def happen(self, contact: int, kind: str) -> None:
        self.events += 1
        self.facts[contact].events.append((self.events, clock.now(), kind))

    def enter(self, enrollment_id: int, contact: int) -> None:
        first = plan_of(self.definition).first
        person = Traveller(first, clock.now(), clock.now(), str(enrollment_id))
        self.stays[enrollment_id] = Stay(person, contact, contact, self.events, self.events)

    def end(self, enrollment_id: int, reason: str) -> None:
        person = self.stays[enrollment_id].person
        person.step, person.ended = None, reason
        self.stays[enrollment_id].ended_at = clock.now()

    def person(self, contact: int) -> int:
        """The contact that this one became part of, perhaps through others, or itself."""
        while contact in self.merged:
            contact = self.merged[contact]
        return contact

    def are_doubles(self, stay: Stay, other: Stay) -> bool:
        """Whether one person has both enrollments since a merge, and they overlapped."""
        person = self.person(stay.contact)
        if person != self.person(other.contact) or person not in self.merged.values():
            return False
        if stay.contact == other.contact and stay.origin == other.origin:
            return False
        ends = (other.ended_at or _FAR) - stay.person.entered, (stay.ended_at or _FAR) - other.person.entered
        return min(ends) >= timedelta()

    def erase(self, contact: int) -> None:
        for pk, stay in self.stays.items():
            if stay.contact == contact and stay.person.step:
                self.end(pk, "erased")

    def merge(self, kept: int, absorbed: int) -> None:
        """The kept contact gets the past of both. An enrollment of the absorbed one moves to it unless it has one."""
        self.merged[absorbed] = kept
        facts, other = self.facts[kept], self.facts[absorbed]
        facts.events, facts.tags = sorted([*facts.events, *other.events]), facts.tags | other.tags
        is_known = any(stay.contact == kept for stay in self.stays.values())
        for pk, stay in self.stays.items():
            if stay.contact == absorbed and not is_known:
                stay.contact = kept
            elif stay.contact == absorbed and stay.person.step:
                self.end(pk, "merged")
        self._cancel_doubled(kept)

    def _cancel_doubled(self, kept: int) -> None:
        """Of two queued messages of one step, one stays; none does if the other has gone out."""
        mine = [stay for stay in self.stays.values() if self.person(stay.contact) == kept]
        for stay in mine:
            others = [other for other in mine if other is not stay and self.are_doubles(stay, other)]
            for message in sorted(stay.messages() - stay.read):
                if any(other.kept_messages(message[0]) for other in others):
                    stay.cancelled.add(message)

    def publish(self, new: Definition, decisions: dict[str, str]) -> None:
        old, self.definition, now = self.definition, new, clock.now()
        found = difference(old, new)
        # As a publication does: step after step, so people who were moved to a changed step are moved on with it.
        for step in (*found.changed, *found.deleted):
            decision = decisions.get(step, "go_on")
            for stay in [s for s in self.stays.values() if s.person.step == step]:
                if decision == "leave":
                    stay.person.step, stay.person.ended = None, "removed"
                elif decision.startswith("move:") and decision != f"move:{step}":
                    self._note_move(stay)
                    stay.person.move_to(decision.removeprefix("move:"), now)
                    stay.arrived_after = self.events
                elif step in found.deleted:
                    self._note_move(stay)
                    stay.person.goes_on_at(goes_on_at(old, new, step), now)
                    stay.arrived_after = self.events
                self._note_end(stay)

    def _note_end(self, stay: Stay) -> None:
        if stay.person.step is None and stay.ended_at is None:
            stay.ended_at = clock.now()

    def _note_move(self, stay: Stay) -> None:
        assert stay.person.step is not None
        if stay.person.step not in stay.person.done:
            stay.runs.append((stay.person.step, stay.person.visit, "moved"))

    def settle(self) -> None:
        """Moves the people as far as they get now; an action of one may be what another waits for."""
        if self.is_paused:
            return
        plan, before = plan_of(self.definition), -1
        while before != sum(len(stay.runs) for stay in self.stays.values()):
            before = sum(len(stay.runs) for stay in self.stays.values())
            for stay in self.stays.values():
                for passed in advance(plan, stay.person, View(self, stay), clock.now(), self.tz):
                    self._note(stay, passed)
                self._note_end(stay)

    def _note(self, stay: Stay, passed: Passed) -> None:
        stay.runs.append((passed.step, stay.person.visit, passed.outcome))
        stay.arrived_after = self.events
