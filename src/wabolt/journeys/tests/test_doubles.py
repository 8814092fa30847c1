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
from wabolt.journeys.queries import imbalances
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
    first."""

    keys: tuple[str, str]
    entries: tuple[int, int]
    merged: int
    sends_at_once: bool


cases = st.builds(
    Case,
    st.sampled_from([("", ""), ("2026", "2026"), ("silent 1", "silent 2")]),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.integers(0, 7),
    st.booleans(),
)


class Pair:
    """Two contacts of a case, in a journey that gives a voucher and names it."""

    def __init__(self, case: Case, journey: Journey, reentry: str) -> None:
        self.case, self.journey, self.reentry = case, journey, reentry
        self.kept, self.absorbed = (make_contact(journey.workspace, name).pk for name in ("Ayu", "Ayu Lestari"))
        self.given_before = self.told_before = 0

    def entrants(self, day: int) -> list[Entrant]:
        return [
            Entrant(contact, key)
            for contact, key, entry in zip((self.kept, self.absorbed), self.case.keys, self.case.entries, strict=True)
            if entry == day and (day <= self.case.merged or contact == self.kept)
        ]

    def merge(self) -> None:
        self.given_before, self.told_before = self.given(), len(self.told())
        workspace = self.journey.workspace
        merge_contacts(workspace=workspace, keep_id=self.kept, absorb_id=self.absorbed, reason="member")

    def given(self) -> int:
        return Voucher.objects.filter(contact__in=(self.kept, self.absorbed)).count()

    def told(self) -> set[str]:
        """The codes that messages named to the person."""
        told = Message.objects.filter(state__in=WENT_OUT, contact__in=(self.kept, self.absorbed))
        return set(told.values_list("variables__voucher__code", flat=True))

    def allowed(self) -> int:
        """The number of times that the rule of entry would have let one person in."""
        case = self.case
        if self.reentry == "never":
            return 1
        if case.keys == ("2026", "2026"):
            return 1 + (max(case.entries) > case.merged)
        if self.reentry == "always" and case.keys[0] != case.keys[1]:
            return 2
        people = (self.kept, self.absorbed)
        first, *more = Enrollment.objects.filter(contact__in=people).order_by("entered_at", "pk")
        return 1 + any(first.ended_at is not None and other.entered_at > first.ended_at for other in more)


def send(pairs: list[Pair]) -> None:
    """Does what the lane does, which needs transactions of its own."""
    people = [contact for pair in pairs for contact in (pair.kept, pair.absorbed)]
    Message.objects.filter(state="queued", contact__in=people).update(state="sent", sent_at=clock.now())


waits = st.tuples(st.integers(0, 3), st.integers(0, 3))
"""Days before the gift and before its message."""


@settings(max_examples=2)
@given(st.lists(st.tuples(waits, st.lists(cases, min_size=1, max_size=10)), min_size=3, max_size=3))
def test_after_a_merge_one_occasion_gives_one_voucher(drawn: list[tuple[tuple[int, int], list[Case]]]) -> None:
    with transaction.atomic(), clock.hold(NOON) as held:
        workspace = make_workspace()
        make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
        pairs = []
        for reentry, ((before, between), several) in zip(("never", "after_end", "always"), drawn, strict=True):
            steps = (
                Wait("w1", amount=before), GIFT, Wait("w2", amount=between), Send("s1", "Kode {{ voucher.code }}")
            )  # fmt: skip
            journey = make_journey(workspace, *steps, parts={"entry": Entry(reentry)})
            pairs += [Pair(case, journey, reentry) for case in several]
        journeys = {pair.journey.pk: pair.journey for pair in pairs}
        give_consent(workspace, [contact for pair in pairs for contact in (pair.kept, pair.absorbed)])
        for day in range(DAYS):
            for pk, journey in journeys.items():
                entrants = [one for pair in pairs if pair.journey.pk == pk for one in pair.entrants(day)]
                enroll(journey=journey, entrants=entrants)
            advance_due()
            send([pair for pair in pairs if pair.case.sends_at_once])
            for pair in pairs:
                if day == pair.case.merged:
                    pair.merge()
            held.move(days=1)
        send(pairs)
        for pair in pairs:
            most = pair.allowed()
            assert 1 <= pair.given() <= max(most, pair.given_before), pair.case
            assert 1 <= len(pair.told()) <= max(most, pair.told_before), pair.case
        assert not Enrollment.objects.filter(state__in=["active", "parked"]).exists()
        assert not imbalances(journeys)
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
