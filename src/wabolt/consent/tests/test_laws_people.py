"""The law of a stop for any sequence of merges, undone merges and changed numbers."""

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent import queries
from wabolt.consent.models import Purpose
from wabolt.consent.queries import verify
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts import services
from wabolt.contacts.models import Identity, Merge
from wabolt.lib.errors import DomainError

PEOPLE = 3
who = st.integers(0, PEOPLE - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("stop"), who, who),
        st.tuples(st.just("start"), who, who),
        st.tuples(st.just("import"), who, who),
        st.tuples(st.just("merge"), who, who),
        st.tuples(st.just("move"), who, who),
        st.tuples(st.just("take_over"), who, who),
        st.tuples(st.just("undo"), st.integers(0, 5), who),
    ),
    min_size=3,
    max_size=12,
)
# Cases in which the giver of a consent is unclear: two people were one contact, or a number changed meanwhile.
START_OF_ANOTHER = [("stop", 0, 0), ("merge", 0, 1), ("start", 1, 1), ("undo", 0, 0)]
STOP_BEFORE_START = [("merge", 0, 1), ("stop", 1, 1), ("start", 0, 0), ("undo", 0, 0)]
STOP_OF_KEPT = [("merge", 0, 1), ("stop", 0, 0), ("start", 1, 1), ("undo", 0, 0)]
MOVED_WHILE_ONE = [("merge", 0, 1), ("stop", 1, 1), ("move", 1, 1), ("undo", 0, 0)]
NESTED = [("merge", 0, 1), ("merge", 2, 0), ("stop", 1, 1), ("start", 2, 2), ("undo", 1, 1), ("undo", 0, 0)]
NUMBER_OF_THE_SAME = [("stop", 1, 0), ("merge", 0, 1), ("start", 0, 0), ("take_over", 1, 0)]
NUMBER_OF_ONE_OF_TWO = [("stop", 2, 0), ("merge", 0, 2), ("start", 0, 0), ("take_over", 1, 0)]
STOP_WHILE_STOPPED = [("stop", 1, 1), ("merge", 0, 1), ("stop", 0, 0), ("start", 1, 1), ("undo", 0, 0)]
STOP_OF_ABSORBED = [("stop", 1, 1), ("merge", 1, 0), ("stop", 0, 0), ("start", 1, 1), ("undo", 0, 0)]
STOP_INSIDE_TWO = [
    *[("stop", 0, 0), ("merge", 0, 1), ("merge", 2, 0), ("stop", 1, 1)],
    *[("undo", 1, 1), ("start", 0, 0), ("undo", 0, 0)],
]
NUMBER_OF_ANOTHER = [("stop", 0, 0), ("take_over", 0, 1), ("undo", 0, 0)]


@dataclass
class World:
    """A model: people with a phone each, their last statements, and the shop's knowledge of them."""

    workspace: Workspace
    phone: dict[int, str] = field(default_factory=dict)
    stopped: dict[int, set[int]] = field(default_factory=dict)
    """{person who said stop: people who said start later in the same contact}"""
    numbers: "count[int]" = field(default_factory=lambda: count(81200000001))

    def contacts(self) -> dict[int, int]:
        """The contact of each person who has a number."""
        owners = dict(Identity.objects.filter(workspace=self.workspace, kind="phone").values_list("value", "contact"))
        return {person: owners[number] for person, number in self.phone.items() if number in owners}

    def begin(self) -> None:
        for person in range(PEOPLE):
            self.phone[person] = f"+62{next(self.numbers)}"
            services.resolve_contact(workspace=self.workspace, identities=[("phone", self.phone[person])])
        self.say("import", 0, *self.contacts().values())

    def step(self, verb: str, person: int, other: int) -> None:
        known = self.contacts()
        if verb == "undo":
            self.undo(person)
        elif person not in known:
            return
        elif verb == "merge":
            keep, absorb = known[person], known.get(other)
            if absorb is not None and absorb != keep:
                services.merge_contacts(workspace=self.workspace, keep_id=keep, absorb_id=absorb, reason="member")
        elif verb == "move":
            self.replace(person, f"+62{next(self.numbers)}")
        elif verb == "take_over" and other in self.phone and other != person:
            # A number changes its owner and belongs to `person` now.
            for revived in self.stopped.values():
                if other in revived:
                    revived.add(person)  # a start belongs to the number and moves with it
            number = self.phone.pop(other)
            self.replace(person, number)
        else:
            self.say(verb, person, known[person])

    def replace(self, person: int, number: str) -> None:
        new = [("phone", number)]
        services.replace_identities(
            workspace=self.workspace, old=[("phone", self.phone[person])], new=new, reason="number_changed"
        )
        self.phone[person] = number

    def undo(self, place: int) -> None:
        merges = list(Merge.objects.filter(workspace=self.workspace, undone_at=None).order_by("pk"))
        if merges:
            # A merge inside another merge cannot be undone first.
            with suppress(DomainError):
                services.undo_merge(workspace=self.workspace, merge_id=merges[place % len(merges)].pk)

    def say(self, verb: str, one: int, *contact_ids: int) -> None:
        source = {"stop": "stop_word", "start": "start_word"}.get(verb, "import")
        statement = ConsentStatement(Purpose.MARKETING, source)
        renew = source == "import"
        if verb == "stop":
            withdraw(workspace=self.workspace, contact_ids=contact_ids, statement=statement, renew=renew)
            self.stopped[one] = set()
        elif verb == "start":
            grant(workspace=self.workspace, contact_ids=contact_ids, statement=statement, renew=renew)
            self.stopped.pop(one, None)
            known = self.contacts()
            for person, revived in self.stopped.items():
                if known.get(person) in contact_ids:
                    revived.add(one)
        else:
            grant(workspace=self.workspace, contact_ids=contact_ids, statement=statement, renew=renew)

    def check(self) -> None:
        if not self.stopped:
            return
        known = self.contacts()
        states = queries.statuses(self.workspace, set(known.values()))
        for person, revived in self.stopped.items():
            if person in known and states[known[person]].allowed:
                assert known[person] in map(known.get, revived), f"{person} said stop"


@pytest.mark.django_db
@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
@example(START_OF_ANOTHER)
@example(STOP_BEFORE_START)
@example(STOP_OF_KEPT)
@example(MOVED_WHILE_ONE)
@example(NESTED)
@example(NUMBER_OF_ANOTHER)
@example(NUMBER_OF_THE_SAME)
@example(NUMBER_OF_ONE_OF_TWO)
@example(STOP_WHILE_STOPPED)
@example(STOP_OF_ABSORBED)
@example(STOP_INSIDE_TWO)
def test_person_who_said_stop_gets_no_promotions_in_any_history(history: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        world = World(make_workspace())
        world.begin()
        for step in history:
            world.step(*step)
            world.check()
        assert verify(world.workspace).whole
        transaction.set_rollback(True)
