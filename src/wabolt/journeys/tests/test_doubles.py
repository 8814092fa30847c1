"""Two contacts that turn out to be one person: after the merge nothing of a journey is given or told a second time."""

from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Voucher
from wabolt.commerce.queries import GIVE_VOUCHER
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.services import merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.rules.definition import Act, Entry, Send, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.conftest import NOON
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.lib.tests.racing import finish, started, until_one_waits_for_a_lock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.messaging.queries import WENT_OUT

pytestmark = pytest.mark.django_db
GIFT = Act("gift", GIVE_VOUCHER, {"percent": 10, "days": 60})
DAYS = 10


@dataclass(frozen=True)
class Case:
    """Two contacts enter on `entries` for the occasions `keys`; on the day `merged` the second becomes part of the
    first. `waits`: days before the gift and before its message."""

    reentry: str
    keys: tuple[str, str]
    entries: tuple[int, int]
    waits: tuple[int, int]
    merged: int
    sends_at_once: bool


cases = st.builds(
    Case,
    st.sampled_from(["never", "after_end", "always"]),
    st.sampled_from([("", ""), ("2026", "2026"), ("silent 1", "silent 2")]),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.integers(0, 7),
    st.booleans(),
)


class Shop:
    """A shop whose journey gives a voucher and names it."""

    def __init__(self, case: Case) -> None:
        self.workspace: Workspace = make_workspace()
        self.channel: Channel = make_channel(self.workspace, quiet_from="00:00", quiet_until="00:00")
        self.contacts = [make_contact(self.workspace, name).pk for name in ("Ayu", "Ayu Lestari")]
        give_consent(self.workspace, self.contacts)
        before, between = case.waits
        self.journey: Journey = make_journey(
            self.workspace,
            Wait("w1", amount=before), GIFT, Wait("w2", amount=between), Send("s1", "Kode {{ voucher.code }}"),
            parts={"entry": Entry(case.reentry)},
        )  # fmt: skip

    def day(self, case: Case, day: int) -> None:
        for contact, key, entry in zip(self.contacts, case.keys, case.entries, strict=True):
            if entry == day and (day <= case.merged or contact == self.contacts[0]):
                enroll(journey=self.journey, entrants=[Entrant(contact, key)])
        advance_due()
        if case.sends_at_once:
            self.send()

    def merge(self) -> int:
        kept, absorbed = self.contacts
        return merge_contacts(workspace=self.workspace, keep_id=kept, absorb_id=absorbed, reason="member").pk

    def told(self) -> set[str]:
        """The codes that messages named to the person."""
        return set(Message.objects.filter(state__in=WENT_OUT).values_list("variables__voucher__code", flat=True))

    def send(self) -> None:
        """Does what the lane does, which needs transactions of its own."""
        Message.objects.filter(state="queued").update(state="sent", sent_at=clock.now())


def allowed(case: Case, journey: Journey) -> int:
    """The number of times that the rule of entry would have let one person in."""
    if case.reentry == "never":
        return 1
    if case.keys == ("2026", "2026"):
        return 1 + (max(case.entries) > case.merged)
    if case.reentry == "always" and case.keys[0] != case.keys[1]:
        return 2
    first, *more = Enrollment.objects.filter(journey=journey).order_by("entered_at", "pk")
    return 1 + any(first.ended_at is not None and other.entered_at > first.ended_at for other in more)


@settings(max_examples=15)
@given(cases)
def test_after_a_merge_one_occasion_gives_one_voucher(case: Case) -> None:
    with transaction.atomic(), clock.hold(NOON) as held:
        shop, given_before, told_before = Shop(case), 0, 0
        for day in range(DAYS):
            shop.day(case, day)
            if day == case.merged:
                given_before, told_before = Voucher.objects.count(), len(shop.told())
                shop.merge()
            held.move(days=1)
        shop.send()
        most = allowed(case, shop.journey)
        assert 1 <= Voucher.objects.count() <= max(most, given_before)
        assert 1 <= len(shop.told()) <= max(most, told_before)
        assert not Enrollment.objects.filter(state__in=["active", "parked"]).exists()
        assert is_balanced(shop.journey)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [0, 1])
def test_of_two_queued_messages_one_reaches_the_person(first: int) -> None:
    """The message of the absorbed contact may be the one that stays."""
    with clock.hold(NOON) as held:
        workspace, channel, people = _ayu_twice()
        journey = make_journey(workspace, Send("s1", "Halo"))
        for person in (people[first], people[1 - first]):
            enroll(journey=journey, entrants=[Entrant(person)])
        advance_due()
        merge_contacts(workspace=workspace, keep_id=people[0], absorb_id=people[1], reason="member")
        _send_all(channel, held)
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "delivered"]


@pytest.mark.django_db(transaction=True)
def test_a_queued_message_of_another_occasion_reaches_the_person() -> None:
    """The kept contact got the message of this step a year ago."""
    with clock.hold(NOON) as held:
        workspace, channel, (kept, absorbed) = _ayu_twice()
        journey = make_journey(workspace, Send("s1", "Halo"), parts={"entry": Entry("always")})
        for person, year in ((kept, "2025"), (absorbed, "2026")):
            enroll(journey=journey, entrants=[Entrant(person, year)])
            advance_due()
            if person == kept:
                _send_all(channel, held)
                held.move(days=365)
        merge_contacts(workspace=workspace, keep_id=kept, absorb_id=absorbed, reason="member")
        _send_all(channel, held)
    assert [*Message.objects.values_list("state", "contact")] == [("delivered", kept)] * 2


def _ayu_twice() -> tuple[Workspace, Channel, list[int]]:
    workspace = make_workspace()
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
    people = [make_contact(workspace, "Ayu", phone=f"+628121972223{digit}").pk for digit in (3, 4)]
    give_consent(workspace, people)
    return workspace, channel, people


def _send_all(channel: Channel, held: clock.HeldClock) -> None:
    for _turn in range(3):
        held.move(minutes=5)
        work_lane_once(channel)


@pytest.mark.django_db(transaction=True)
def test_of_two_messages_the_one_that_is_being_sent_stays() -> None:
    """The lane claims a message at the moment in which a merge chooses between two of them."""
    workspace, _channel, (kept, absorbed) = _ayu_twice()
    journey = make_journey(workspace, Send("s1", "Halo"))
    for person in (kept, absorbed):
        enroll(journey=journey, entrants=[Entrant(person)])
    advance_due()
    with transaction.atomic():
        Message.objects.filter(contact=kept).update(state="sending", attempted_at=clock.now())
        merge = started(lambda: merge_contacts(workspace=workspace, keep_id=kept, absorb_id=absorbed, reason="member"))
        until_one_waits_for_a_lock()
    finish(merge)
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "sending"]
