"""The law of live segments: after any changes of people, merges, erasures and jumps of the clock, the members are those
that an evaluation finds. The changes are made by the services of the rooms that own the data."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce import services as commerce
from wabolt.consent import services as consent
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact, Field, Merge, Tag
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.segments.models import Segment
from wabolt.segments.queries import catalogue, parse
from wabolt.segments.rules import TreeError
from wabolt.segments.services import keep_live, tend_live, update_segment
from wabolt.segments.tests.live import Follower, assert_right, make_segment

pytestmark = pytest.mark.django_db

# Noon in Jakarta: without a long jump no new day begins, so no daily pass repairs what the events missed.
START = dt.datetime(2027, 2, 26, 5, 0, tzinfo=dt.UTC)
TEXTS = (
    'city = "Bandung"',
    'name contains "a" or email is empty',
    'tag "VIP" and not tag "reseller"',
    "tag is empty",
    "consent marketing granted",
    "consent marketing withdrawn or consent marketing none",
    "orders >= 2",
    "orders = 0 or last order over 1 days ago",
    "spent >= 200000",
    'bought category "batik" within 1 days',
    'bought product "BTK-01" and not bought product "TAS-01"',
    "birthday within 1 days",
    "age >= 18",
    "created today",
    'field.ukuran = "XL" or field.ukuran is empty',
    "has phone",
    'not (tag in ("VIP", "reseller") or city in ("Jakarta", "Bandung"))',
    "everyone",
)
CITIES = ("Bandung", "Jakarta", "bandung", "")
TAGS = ("VIP", "reseller")


class World:
    """A small shop, its live segments, and random changes. `who` picks one of the contacts, `some` picks several."""

    def __init__(self, held: clock.HeldClock) -> None:
        self.held = held
        self.workspace: Workspace = make_workspace(timezone="Asia/Jakarta")
        contacts.create_field(workspace=self.workspace, label="Ukuran", kind="text")
        self.number = 0
        for tags in (["VIP"], ["VIP", "reseller"], []):
            for _ in range(4):
                make_contact(self.workspace, city="Bandung", birth_date=dt.date(2009, 2, 28), tags=tags)
        self.segments: list[Segment] = [make_segment(self.workspace, text, str(n)) for n, text in enumerate(TEXTS)]
        for segment in self.segments:
            keep_live(segment=segment)
        self.tend()
        self.follower = Follower()

    def do(self, name: str, values: tuple[Any, ...]) -> None:
        """Makes a change. A change that a service refuses is ignored."""
        with suppress(DomainError, TreeError), transaction.atomic():
            getattr(self, name)(*values)

    def one(self, who: int) -> int:
        return self.some([who])[0]

    def some(self, several: Sequence[int]) -> list[int]:
        rows = Contact.objects.filter(workspace=self.workspace, erased_at=None).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)) or [make_contact(self.workspace).pk]
        return sorted({ids[who % len(ids)] for who in several})

    def new(self, city: str) -> None:
        self.number += 1
        make_contact(self.workspace, f"Orang {self.number}", city=city, birth_date=dt.date(2009, 2, 28))

    def update(self, who: int, values: dict[str, Any]) -> None:
        contacts.update_contact(workspace=self.workspace, contact_id=self.one(who), **values)

    def field(self, several: list[int], value: str) -> None:
        key = Field.objects.values_list("key", flat=True).get(workspace=self.workspace)
        contacts.set_field(workspace=self.workspace, contact_ids=self.some(several), key=key, value=value)

    def tag(self, several: list[int], name: str, is_on: bool) -> None:
        change = contacts.add_tags if is_on else contacts.remove_tags
        change(workspace=self.workspace, contact_ids=self.some(several), tag_names=[name])

    def tags(self, name: str, is_deleted: bool) -> None:
        for tag in Tag.objects.filter(workspace=self.workspace, name=name):
            if is_deleted:
                contacts.delete_tag(workspace=self.workspace, tag_id=tag.pk)
            else:
                self.number += 1
                contacts.rename_tag(workspace=self.workspace, tag_id=tag.pk, name=f"Lama {self.number}")

    def consent(self, several: list[int], is_granted: bool) -> None:
        statement = consent.ConsentStatement("marketing", "member")
        change = consent.grant if is_granted else consent.withdraw
        change(workspace=self.workspace, contact_ids=self.some(several), statement=statement)

    def order(self, placed: list[tuple[int, int, str, str, int]]) -> None:
        """`placed`: who, number, state, product and age in days of each order."""
        people, orders = self.some(range(12)), []
        for who, number, state, sku, days in placed:
            order = commerce.NewOrder(
                people[who % len(people)],
                f"N{number}",
                clock.now() - dt.timedelta(days=days),
                (commerce.NewLine(sku, category="batik" if sku == "BTK-01" else "tas", total=150_000),),
                state=state,
            )
            orders.append(order)
        commerce.record_orders(workspace=self.workspace, orders=orders)

    def merge(self, who: int, other: int) -> None:
        keep, absorb = self.one(who), self.one(other)
        if keep != absorb:
            contacts.merge_contacts(workspace=self.workspace, keep_id=keep, absorb_id=absorb, reason="member")

    def part(self) -> None:
        for merge in Merge.objects.filter(workspace=self.workspace, undone_at=None).order_by("-pk")[:1]:
            contacts.undo_merge(workspace=self.workspace, merge_id=merge.pk)

    def write(self, name: str, phone: int) -> None:
        identities = [("phone", f"+62812000000{phone}"), ("lid", str(phone))]
        contacts.resolve_reported(workspace=self.workspace, identities=identities, name=name)

    def erase(self, who: int) -> None:
        contacts.erase_contacts(workspace=self.workspace, ids=[self.one(who)])

    def edit(self, which: int, text: int) -> None:
        segment = self.segments[which % len(self.segments)]
        tree = parse(TEXTS[text % len(TEXTS)], catalogue(self.workspace))
        update_segment(segment=segment, name=segment.name, tree=tree)

    def jump(self, minutes: int) -> None:
        self.held.move(minutes=minutes)

    def tend(self) -> None:
        tend_live()

    def follow(self) -> None:
        self.follower.catch_up()


who = st.integers(0, 11)
some = st.lists(who, min_size=1, max_size=5)
placed = st.tuples(
    who, st.integers(0, 9), st.sampled_from(("completed", "cancelled")), st.sampled_from(("BTK-01", "TAS-01")),
    st.integers(0, 3),
)  # fmt: skip
Step = tuple[str, tuple[Any, ...]]
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(CITIES),
        "name": st.sampled_from(("Ayu", "Budi")),
        "email": st.sampled_from(("", "a@b.id")),
        "birth_date": st.sampled_from((None, dt.date(2009, 2, 27), dt.date(1990, 3, 1), dt.date(2008, 2, 29))),
    },
)
STEPS = st.one_of(
    st.tuples(st.just("new"), st.tuples(st.sampled_from(CITIES))),
    st.tuples(st.just("update"), st.tuples(who, CHANGES)),
    st.tuples(st.just("field"), st.tuples(some, st.sampled_from(("XL", "S", "")))),
    st.tuples(st.just("tag"), st.tuples(some, st.sampled_from(TAGS), st.booleans())),
    st.tuples(st.just("tags"), st.tuples(st.sampled_from(TAGS), st.booleans())),
    st.tuples(st.just("consent"), st.tuples(some, st.booleans())),
    st.tuples(st.just("order"), st.tuples(st.lists(placed, min_size=1, max_size=5, unique_by=lambda one: one[1]))),
    st.tuples(st.just("merge"), st.tuples(who, who)),
    st.tuples(st.just("part"), st.just(())),
    st.tuples(st.just("write"), st.tuples(st.sampled_from(("", "Ayu")), st.integers(0, 2))),
    st.tuples(st.just("erase"), st.tuples(who)),
    st.tuples(st.just("edit"), st.tuples(st.integers(0, 30), st.integers(0, 30))),
    st.tuples(st.just("jump"), st.tuples(st.sampled_from((1, 3, 11, 60 * 13)))),
    st.tuples(st.just("tend"), st.just(())),
    st.tuples(st.just("follow"), st.just(())),
)  # fmt: skip


def test_stored_members_equal_an_evaluation() -> None:
    with clock.hold(START) as held:
        world = World(held)
        last = world.follower.last

        @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(STEPS, min_size=10, max_size=26))
        def after(steps: list[Step]) -> None:
            held.moment, world.follower.last = START, last
            with transaction.atomic():
                for name, values in steps:
                    world.do(name, values)
                world.do("follow", ())
                world.do("jump", (11,))  # renamed labels are noticed within ten minutes
                world.do("tend", ())
                world.do("follow", ())
                assert_right(world.workspace)
                transaction.set_rollback(True)

        after()
