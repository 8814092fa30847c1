"""The law of a stop for any sequence of merges, undone merges and changed numbers."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, zip_longest

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
from wabolt.contacts.queries import phone_of
from wabolt.contacts.tests.factories import make_contacts
from wabolt.lib.errors import DomainError

PEOPLE = 3
who = st.integers(0, PEOPLE - 1)
Step = tuple[str, int, int]
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


SPECIAL = [
    START_OF_ANOTHER, STOP_BEFORE_START, STOP_OF_KEPT, MOVED_WHILE_ONE, NESTED, NUMBER_OF_ANOTHER, NUMBER_OF_THE_SAME,
    NUMBER_OF_ONE_OF_TWO, STOP_WHILE_STOPPED, STOP_OF_ABSORBED, STOP_INSIDE_TWO,
]  # fmt: skip


@dataclass
class World:
    """A model of several groups of three people, who have a phone each: their last statements, and the shop's knowledge
    of them. Person 4 is the second one of the second group. Nothing that happens concerns two groups."""

    workspace: Workspace
    phone: dict[int, str] = field(default_factory=dict)
    stopped: dict[int, set[int]] = field(default_factory=dict)
    """{person who said stop: people who said start later in the same contact}"""
    group_of: dict[int, int] = field(default_factory=dict)
    """{contact: its group}"""
    numbers: "count[int]" = field(default_factory=lambda: count(81200000001))

    def contacts(self) -> dict[int, int]:
        """The contact of each person who has a number."""
        owners = dict(Identity.objects.filter(workspace=self.workspace, kind="phone").values_list("value", "contact"))
        return {person: owners[number] for person, number in self.phone.items() if number in owners}

    def begin(self, groups: int) -> None:
        made = make_contacts(self.workspace, [f"Orang {person}" for person in range(groups * PEOPLE)])
        for person, contact in enumerate(made):
            self.phone[person] = str(phone_of(contact))
            self.group_of[contact.pk] = person // PEOPLE
        self.say("import", {person: contact.pk for person, contact in enumerate(made)})

    def step(self, several: list[Step | None]) -> None:
        """The next step of each group, if it has one. Statements of one kind are recorded together."""
        known, said = self.contacts(), defaultdict[str, dict[int, int]](dict)
        for group, step in enumerate(several):
            if step is None:
                continue
            verb, person, other = step[0], group * PEOPLE + step[1], group * PEOPLE + step[2]
            if verb == "undo":
                self.undo(group, step[1])
            elif person in known and verb in {"stop", "start", "import"}:
                said[verb][person] = known[person]
            elif person in known:
                getattr(self, verb)(person, other, known)
        for verb, people in said.items():
            self.say(verb, people)

    def merge(self, person: int, other: int, known: dict[int, int]) -> None:
        keep, absorb = known[person], known.get(other)
        if absorb is not None and absorb != keep:
            services.merge_contacts(workspace=self.workspace, keep_id=keep, absorb_id=absorb, reason="member")

    def move(self, person: int, _other: int, _known: dict[int, int]) -> None:
        self.replace(person, f"+62{next(self.numbers)}")

    def take_over(self, person: int, other: int, _known: dict[int, int]) -> None:
        """The number of `other` changes its owner and belongs to `person` now."""
        if other not in self.phone or other == person:
            return
        for revived in self.stopped.values():
            if other in revived:
                revived.add(person)  # a start belongs to the number and moves with it
        self.replace(person, self.phone.pop(other))

    def replace(self, person: int, number: str) -> None:
        new = [("phone", number)]
        services.replace_identities(
            workspace=self.workspace, old=[("phone", self.phone[person])], new=new, reason="number_changed"
        )
        self.phone[person] = number

    def undo(self, group: int, place: int) -> None:
        rows = Merge.objects.filter(workspace=self.workspace, undone_at=None).order_by("pk")
        merges = [pk for pk, kept in rows.values_list("pk", "kept") if self.group_of[kept] == group]
        if merges:
            # A merge inside another merge cannot be undone first.
            with suppress(DomainError):
                services.undo_merge(workspace=self.workspace, merge_id=merges[place % len(merges)])

    def say(self, verb: str, people: dict[int, int]) -> None:
        """`people`: {person: contact}"""
        source = {"stop": "stop_word", "start": "start_word"}.get(verb, "import")
        statement = ConsentStatement(Purpose.MARKETING, source)
        record = withdraw if verb == "stop" else grant
        contact_ids = [*people.values()]
        record(workspace=self.workspace, contact_ids=contact_ids, statement=statement, renew=source == "import")
        if verb == "stop":
            self.stopped |= {person: set() for person in people}
        elif verb == "start":
            for person in people:
                self.stopped.pop(person, None)
            known = self.contacts()
            for person, revived in self.stopped.items():
                revived.update(one for one, contact in people.items() if known.get(person) == contact)

    def check(self) -> None:
        known = self.contacts()
        states = queries.statuses(self.workspace, set(known.values()))
        for person, revived in self.stopped.items():
            if person in known and states[known[person]].allowed:
                assert known[person] in map(known.get, revived), f"{person} said stop"


@pytest.mark.django_db
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=24, max_size=24))
@example(SPECIAL)
def test_person_who_said_stop_gets_no_promotions_in_any_history(histories: list[list[Step]]) -> None:
    """Each history is that of a group of three people."""
    with transaction.atomic():
        world = World(make_workspace())
        world.begin(len(histories))
        for several in zip_longest(*histories):
            world.step([*several])
            world.check()
        assert verify(world.workspace).whole
        transaction.set_rollback(True)
