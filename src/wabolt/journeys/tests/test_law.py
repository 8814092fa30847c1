"""The law of the engine: after every change the people are where the plain interpreter puts them.

Hypothesis draws a journey and a history: edits with decisions about the people inside, pauses, events, receipts,
merges, erasures, people who are taken out, and jumps of the clock in both directions. A change concerns some of twelve
people, who are independent except for merges: few histories hold many cases. The engine with its consumer works on
PostgreSQL; the model is `rules.interpreter` with facts in dictionaries. After each change both have the same people at
the same steps, with the same steps behind them, each once.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.services import NewEvent, add_tags, erase_contacts, merge_contacts, record_events
from wabolt.contacts.tests.factories import make_contacts
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries.counts import counts, is_balanced
from wabolt.journeys.rules.checks import problems
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.structure import difference, steps_in_order
from wabolt.journeys.tests.conftest import NOON
from wabolt.journeys.tests.following import Follower
from wabolt.journeys.tests.law_model import KINDS, TAGS, Ids, World, edited, make_definition
from wabolt.lib import clock
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db
PEOPLE = 12


# Both -----------------------------------------------------------------------------------------------------------------


@dataclass
class Both:
    """The model and the product, and what is done to both."""

    chance: random.Random
    held: Any
    workspace: Workspace
    contacts: list[int]
    new_id: Ids = field(default_factory=Ids)

    def __post_init__(self) -> None:
        definition = make_definition(self.chance, self.new_id)
        self.journey = services.create_journey(
            workspace=self.workspace, name="Alur", definition=definition, settings={"max_steps_per_day": 1000}
        )
        self._publish({})
        self.world = World(definition, self.contacts, self.workspace.tz)
        self.follower = Follower()

    def _publish(self, decisions: dict[str, str]) -> None:
        services.note_test_run(journey=self.journey, draft_version=self.journey.draft_version)
        self.journey = services.publish(journey=self.journey, decisions=decisions)

    # The changes.

    def _some(self, of: Sequence[int]) -> list[int]:
        return self.chance.sample(of, min(len(of), self.chance.randint(1, 5)))

    def enter(self) -> None:
        contacts, known = self._some(self.contacts), set(self.world.stays)
        services.enroll(journey=self.journey, entrants=[services.Entrant(contact) for contact in contacts])
        fresh = dict(Enrollment.objects.filter(journey=self.journey).exclude(pk__in=known).values_list("pk", "contact"))
        inside = {stay.contact for stay in self.world.stays.values() if stay.person.step}
        assert sorted(fresh.values()) == sorted(set(contacts) - inside)
        for enrollment_id, contact in fresh.items():
            self.world.enter(enrollment_id, contact)

    def event(self) -> None:
        events = [(contact, self.chance.choice(KINDS)) for contact in self._some(self.contacts)]
        record_events(workspace=self.workspace, events=[NewEvent(*event) for event in events])
        for event in events:
            self.world.happen(*event)

    def label(self) -> None:
        contacts, name = self._some(self.contacts), self.chance.choice((*TAGS, "out"))
        add_tags(workspace=self.workspace, contact_ids=contacts, tag_names=[name])
        for contact in contacts:
            self.world.tag(contact, name)

    def receipts(self) -> None:
        """Some of the messages are read."""
        queued = Message.objects.filter(workspace=self.workspace, state="queued").order_by("pk")
        keys = dict(queued.values_list("pk", "idempotency_key"))
        steps = dict(self.journey.steps.values_list("pk", "key"))
        read = self._some(list(keys))
        Message.objects.filter(pk__in=read).update(state="read")
        for pk in read:
            _kind, enrollment, step, visit = str(keys[pk]).split(":")
            self.world.stays[int(enrollment)].read.add((steps[int(step)], int(visit)))

    def take_out(self) -> None:
        removed = self._some([pk for pk, stay in self.world.stays.items() if stay.person.step])
        services.exit_people(journey=self.journey, enrollment_ids=removed)
        for pk in removed:
            self.world.end(pk, "removed")

    def erase(self) -> None:
        if len(self.contacts) > 1:
            contact = self._gone()
            erase_contacts(workspace=self.workspace, ids=[contact])
            self.world.erase(contact)

    def merge(self) -> None:
        for _pair in range(self.chance.randint(1, 3)):
            if len(self.contacts) > 1:
                absorbed, kept = self._gone(), self.chance.choice(self.contacts)
                merge_contacts(workspace=self.workspace, keep_id=kept, absorb_id=absorbed, reason="member")
                self.world.merge(kept, absorbed)

    def _gone(self) -> int:
        return self.contacts.pop(self.chance.randrange(len(self.contacts)))

    def time(self) -> None:
        self.held.move(minutes=self.chance.choice((0, 1, 59, 60, 300, 1440, 1441, 4000)))

    def clock_back(self) -> None:
        self.held.move(minutes=-self.chance.choice((1, 60, 1500)))

    def pause(self) -> None:
        if not self.world.is_paused:
            self.journey = services.pause(journey=self.journey)
            self.world.is_paused = True

    def resume(self) -> None:
        if self.world.is_paused:
            self.journey = services.resume(journey=self.journey)
            self.world.is_paused = False

    def edit(self) -> None:
        old = parse(self.journey.draft)
        new = edited(old, self.chance, self.new_id)
        if any(problem.is_error for problem in problems(new)):
            return  # it cannot be published, for example with a condition about a deleted step
        self.journey = services.save_draft(journey=self.journey, definition=new, expected=self.journey.draft_version)
        kept = [step.id for step in steps_in_order(new)]
        concerned = (*difference(old, new).changed, *difference(old, new).deleted)
        options = ("go_on", "go_on", "leave", f"move:{self.chance.choice(kept)}")
        decisions = {step: self.chance.choice(options) for step in concerned}
        self._publish(decisions)
        self.world.publish(new, decisions)

    # The comparison.

    def settle(self) -> None:
        self.follower.catch_up()
        while self.follower.hear():  # actions write events
            services.advance_due()
        self.world.settle()
        assert self._theirs() == self._ours()
        assert is_balanced(self.journey), counts(self.journey)

    def _theirs(self) -> dict[int, Any]:
        return {
            pk: (stay.person.step, stay.person.since if stay.person.step else None, stay.person.ended,
                 stay.person.visit, stay.runs)
            for pk, stay in self.world.stays.items()
        }  # fmt: skip

    def _ours(self) -> dict[int, Any]:
        runs = defaultdict(list)
        passed = StepRun.objects.filter(enrollment__journey=self.journey).order_by("id")
        for pk, *run in passed.values_list("enrollment", "step__key", "visit", "outcome"):
            runs[pk].append(tuple(run))
        columns = ("pk", "state", "step__key", "waiting_since", "reason", "visit")
        found = {}
        for pk, state, step, since, reason, visit in Enrollment.objects.filter(journey=self.journey).values_list(
            *columns
        ):
            inside = state == "active"
            ended = "" if inside else reason or state
            found[pk] = (step if inside else None, since if inside else None, ended, visit, runs[pk])
        return found

    def no_message_twice(self) -> None:
        keys = list(Message.objects.filter(workspace=self.workspace).values_list("idempotency_key", flat=True))
        assert len(keys) == len(set(keys))


CHANGES = (
    *("enter", "enter", "event", "label", "receipts", "clock_back", "pause", "resume", "resume"),
    *("time", "time", "time", "time", "edit", "edit", "edit", "take_out", "erase", "merge", "merge"),
)


def test_the_engine_obeys_the_plain_interpreter() -> None:
    with clock.hold(NOON):  # each history happens in the same shop, and is taken back
        workspace = make_workspace()
        make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
        people = make_contacts(workspace, [f"Ayu {n}" for n in range(PEOPLE)])

    @settings(max_examples=10)
    @given(st.integers(0, 2**32), st.lists(st.sampled_from(CHANGES), min_size=15, max_size=30))
    def obeys(seed: int, history: list[str]) -> None:
        with transaction.atomic(), clock.hold(NOON) as held:
            both = Both(random.Random(seed), held, workspace, [person.pk for person in people])
            for _ in range(4):  # people are at different steps when the history begins
                both.enter()
                both.time()
                both.settle()
            for change in history:
                getattr(both, change)()
                both.settle()
            both.no_message_twice()
            transaction.set_rollback(True)

    obeys()
    assert not Journey.objects.exists()
