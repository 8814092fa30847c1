"""Seats: never oversold, offered in turn, and given back once. No registration is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import erase_contacts, merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.optin.events.services import cancel_registration, expire_offers, give_seat
from wabolt.optin.events.services.seats import WITH_SEAT, accept_offer, decline_offer
from wabolt.optin.events.tests.factories import SATURDAY, make_event, make_guest
from wabolt.optin.models import Registration, ShopEvent

State = Registration.State
NOW = SATURDAY - timedelta(days=10)


@pytest.fixture
def channel(db: None) -> Channel:
    return make_channel()


def state(registration: Registration) -> str:
    return Registration.objects.values_list("state", flat=True).get(pk=registration.pk)


def texts(registration: Registration) -> list[str]:
    sent = Message.objects.filter(contact=registration.contact, direction="outbound").order_by("pk")
    return list(sent.values_list("text", flat=True))


@pytest.mark.django_db(transaction=True)
def test_many_people_for_the_last_seat() -> None:
    with clock.hold(NOW):
        channel = make_channel()
        event = make_event(channel, capacity=3)
        for _number in range(2):
            make_guest(event)
        people = [make_contact(channel.workspace) for _number in range(10)]
        start = threading.Barrier(10)
        failed: list[Exception] = []

        def register(person: Contact) -> None:
            try:
                start.wait()
                make_guest(event, person)
            except Exception as error:  # noqa: BLE001 - shown by the assertion
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=register, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed
    assert Registration.objects.filter(state=State.REGISTERED).count() == 3
    assert Registration.objects.filter(state=State.WAITING).count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_seat_that_two_threads_cancel_is_given_back_once() -> None:
    with clock.hold(NOW):
        channel = make_channel()
        event = make_event(channel, capacity=2)
        first, _second, *waiting = [make_guest(event) for _number in range(6)]
        start = threading.Barrier(8)

        def cancel() -> None:
            start.wait()
            cancel_registration(workspace=channel.workspace, registration_id=first.pk)
            connection.close()

        threads = [threading.Thread(target=cancel) for _number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [state(one) for one in waiting] == [State.OFFERED, State.WAITING, State.WAITING, State.WAITING]


def test_the_offer_goes_down_the_waiting_list(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel, capacity=1)
        seated, late, early = make_guest(event), None, make_guest(event)
        held.move(minutes=1)
        late = make_guest(event)
        assert (state(seated), state(early), state(late)) == (State.REGISTERED, State.WAITING, State.WAITING)

        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
        early.refresh_from_db()
        assert early.state == State.OFFERED
        assert early.offer_until == NOW + timedelta(hours=24, minutes=1)
        assert "Balas YA" in texts(early)[0]

        held.move(hours=23)
        assert expire_offers() == 0
        held.move(hours=1)
        assert expire_offers() == 1
        assert (state(early), state(late)) == (State.LAPSED, State.OFFERED)
        assert "orang berikutnya" in texts(early)[1]

        accept_offer(workspace=channel.workspace, registration_id=late.pk, at=clock.now())
        assert state(late) == State.REGISTERED
        make_guest(event, early.contact)
        assert state(early) == State.WAITING


def test_an_answer_after_the_end_of_the_offer(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel, capacity=1)
        seated, early, late = (make_guest(event) for _number in range(3))
        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
        held.move(hours=25)
        in_time = clock.now() - timedelta(hours=2)
        accept_offer(workspace=channel.workspace, registration_id=early.pk, at=in_time)
        assert state(early) == State.REGISTERED, "it was written in time, and the seat is still on offer"

        cancel_registration(workspace=channel.workspace, registration_id=early.pk)
        held.move(hours=25)
        accept_offer(workspace=channel.workspace, registration_id=late.pk, at=clock.now())
        assert state(late) == State.REGISTERED, "nobody else waits for it"

        third = make_guest(event)
        cancel_registration(workspace=channel.workspace, registration_id=late.pk)
        fourth = make_guest(event)
        held.move(hours=25)
        expire_offers()
        accept_offer(workspace=channel.workspace, registration_id=third.pk, at=clock.now())
        assert (state(third), state(fourth)) == (State.WAITING, State.OFFERED)


def test_an_offer_at_night_waits_for_the_morning(channel: Channel) -> None:
    night = NOW.replace(hour=16)  # 23.00 WIB
    with clock.hold(night):
        event = make_event(channel, capacity=1)
        seated, waiting = make_guest(event), make_guest(event)
        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
        waiting.refresh_from_db()
    morning = NOW.replace(hour=1) + timedelta(days=1)  # 08.00 WIB
    assert Message.objects.get(contact=waiting.contact).not_before == morning
    assert waiting.offer_until == morning + timedelta(hours=24)


def test_no_seat_is_offered_when_the_event_begins(channel: Channel) -> None:
    with clock.hold(SATURDAY - timedelta(minutes=20)):
        event = make_event(channel, capacity=1)
        seated, waiting = make_guest(event), make_guest(event)
        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
        assert state(waiting) == State.WAITING
        give_seat(workspace=channel.workspace, registration_id=waiting.pk)
        assert state(waiting) == State.REGISTERED


def test_a_member_gives_no_seat_that_is_not_there(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=1)
        _seated, waiting = make_guest(event), make_guest(event)
        with pytest.raises(DomainError) as refused:
            give_seat(workspace=channel.workspace, registration_id=waiting.pk)
    assert refused.value.code == "full"


def test_two_contacts_of_one_person_have_one_seat(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=2)
        one, other, waiting = (make_guest(event) for _number in range(3))
        merge = merge_contacts(
            workspace=channel.workspace, keep_id=one.contact_id, absorb_id=other.contact_id, reason="member"
        )
        assert (state(one), state(other), state(waiting)) == (State.REGISTERED, State.CANCELLED, State.OFFERED)
        undo_merge(workspace=channel.workspace, merge_id=merge.pk)
        assert state(other) == State.WAITING, "the seat is on offer"


def test_a_merge_keeps_the_seat_of_the_absorbed_contact(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=1)
        seated, waiting = make_guest(event), make_guest(event)
        merge_contacts(
            workspace=channel.workspace, keep_id=waiting.contact_id, absorb_id=seated.contact_id, reason="member"
        )
        assert (state(waiting), state(seated)) == (State.REGISTERED, State.CANCELLED)


def test_erasing_a_person_frees_the_seat_and_the_name(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=1)
        seated, waiting = make_guest(event), make_guest(event)
        erase_contacts(workspace=channel.workspace, ids=[seated.contact_id])
        seated.refresh_from_db()
        assert (seated.state, seated.name, seated.entry.answers) == (State.CANCELLED, "", {})
        assert state(waiting) == State.OFFERED


def test_what_happens_is_in_the_event_log(channel: Channel) -> None:
    with clock.hold(NOW):
        event = make_event(channel, capacity=1)
        seated = make_guest(event)
        cancel_registration(workspace=channel.workspace, registration_id=seated.pk)
    kinds = Event.objects.filter(contact=seated.contact, kind__startswith="event_").values_list("kind", flat=True)
    assert sorted(kinds) == ["event_cancelled", "event_registered"]


ACTS = ("register", "register", "register", "cancel", "yes", "no", "give", "expire")
SCHEDULES = st.lists(
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), min_size=1, max_size=6), min_size=2, max_size=4
)
"""One list of acts, (what, person), for each connection."""


@pytest.mark.django_db(transaction=True)
def test_no_schedule_of_several_connections_oversells() -> None:
    """Random acts of several connections at once. After each act its connection counts the taken seats."""
    with clock.hold(NOW):
        channel = make_channel()

        @settings(max_examples=6, deadline=None, phases=[Phase.generate])
        @given(schedules=SCHEDULES, capacity=st.integers(1, 3))
        def run(schedules: list[list[tuple[str, int]]], capacity: int) -> None:
            event = make_event(channel, capacity=capacity, starts_at=NOW + timedelta(days=300))
            people = [make_contact(channel.workspace) for _number in range(6)]
            with ThreadPoolExecutor(len(schedules)) as pool:
                start = threading.Barrier(len(schedules))
                counts = list(pool.map(lambda acts: _act_all(event, people, acts, start), schedules))
            assert max(count for found in counts for count in found) <= capacity
            rows = Registration.objects.filter(event=event)
            taken, waiting = rows.filter(state__in=WITH_SEAT).count(), rows.filter(state=State.WAITING).count()
            assert taken <= capacity
            assert not waiting or taken == capacity, "a free seat is offered while people wait"
            came = {number for acts in schedules for act, number in acts if act == "register"}
            assert rows.count() == len(came)

        run()


def _act_all(
    event: ShopEvent, people: list[Contact], acts: list[tuple[str, int]], start: threading.Barrier
) -> list[int]:
    try:
        start.wait(30)
        counts = []
        for act, number in acts:
            _act(event, people[number], act)
            counts.append(Registration.objects.filter(event=event, state__in=WITH_SEAT).count())
        return counts
    finally:
        connection.close()


def _act(event: ShopEvent, person: Contact, act: str) -> None:
    if act == "register":
        make_guest(event, person)
    elif act == "expire":
        expire_offers()
    else:
        found = Registration.objects.filter(event=event, contact=person).first()
        if found is None:
            return
        ids = {"workspace": event.workspace, "registration_id": found.pk}
        try:
            if act == "cancel":
                cancel_registration(**ids)
            elif act == "give":
                give_seat(**ids)
            else:
                (accept_offer if act == "yes" else decline_offer)(**ids, at=clock.now())
        except DomainError as refused:
            assert refused.code in {"full", "over"}  # noqa: PT017 - the refusal depends on the other connections


class Crowd(RuleBasedStateMachine):
    """People register, cancel, answer offers and let them end, in any order, while the clock moves."""

    channel: Channel

    def __init__(self) -> None:
        super().__init__()
        self.holding = clock.hold(NOW)
        self.held = self.holding.__enter__()
        self.workspace = self.channel.workspace
        self.event: ShopEvent = make_event(self.channel, capacity=2, starts_at=NOW + timedelta(days=300))
        self.people = [make_contact(self.workspace) for _number in range(6)]
        self.known: dict[int, Registration] = {}

    def teardown(self) -> None:
        self.holding.__exit__(None, None, None)

    @rule(number=st.integers(0, 5))
    def register(self, number: int) -> None:
        self.known[number] = make_guest(self.event, self.people[number])

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        one = self.known[data.draw(st.sampled_from(sorted(self.known)))]
        cancel_registration(workspace=self.workspace, registration_id=one.pk)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), yes=st.booleans())
    def answer(self, data: st.DataObject, yes: bool) -> None:
        one = self.known[data.draw(st.sampled_from(sorted(self.known)))]
        change = accept_offer if yes else decline_offer
        change(workspace=self.workspace, registration_id=one.pk, at=clock.now())

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.held.move(hours=hours)
        expire_offers()

    @invariant()
    def seats_are_never_oversold_and_never_idle_and_nobody_is_lost(self) -> None:
        states = list(Registration.objects.filter(event=self.event).values_list("state", flat=True))
        taken = sum(state in WITH_SEAT for state in states)
        assert taken <= 2
        assert State.WAITING not in states or taken == 2, "a free seat is offered while people wait"
        assert len(states) == len(self.known)


def test_any_order_of_registering_cancelling_and_answering(channel: Channel) -> None:
    machine = type("CrowdOfChannel", (Crowd,), {"channel": channel})
    run_state_machine_as_test(machine, settings=settings(max_examples=8, stateful_step_count=25, deadline=None))
