"""The engine moves due people on, each step once."""

from datetime import timedelta

import pytest

from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.registry import ContactAction, register_contact_action
from wabolt.contacts.registry import actions as contact_actions
from wabolt.contacts.services import NewEvent, record_events
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, StepRun
from wabolt.journeys.rules.definition import (
    Act,
    Branch,
    BranchArm,
    End,
    Happening,
    Outcome,
    Send,
    Split,
    SplitArm,
    Wait,
)
from wabolt.journeys.services.engine import advance_due
from wabolt.journeys.services.enrolling import Entrant, enroll
from wabolt.journeys.tests.conftest import NOON
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db
HELLO = Send("s1", "Halo {{ contact.name }}")


@pytest.fixture
def channel(workspace):
    return make_channel(workspace)


def let_in(journey, *people, key="", **more):
    return enroll(journey=journey, entrants=[Entrant(person.pk, key, **more) for person in people])


def way(enrollment=None):
    """The steps and outcomes of one enrollment, in order."""
    runs = StepRun.objects.filter(enrollment=enrollment) if enrollment else StepRun.objects.all()
    return list(runs.order_by("id").values_list("step__key", "outcome"))


def the_one():
    return Enrollment.objects.get()


def test_a_message_a_wait_and_a_message(workspace, channel, contact, held):
    journey = make_journey(workspace, HELLO, Wait("w1", amount=2), Send("s2", "Masih minat, Kak?"))
    assert let_in(journey, contact) == 1
    advance_due()
    assert way() == [("s1", "sent")]
    assert the_one().due_at == NOON + timedelta(days=2)
    message = Message.objects.get()
    step = journey.steps.get(key="s1")
    assert (message.origin_kind, message.origin_id) == ("journey", step.pk)
    assert message.idempotency_key == f"journey:{the_one().pk}:{step.pk}:1"
    held.move(days=2, seconds=-1)
    assert advance_due() == 0
    held.move(seconds=1)
    advance_due()
    assert way() == [("s1", "sent"), ("w1", "waited"), ("s2", "sent")]
    assert (the_one().state, the_one().ended_at) == ("finished", NOON + timedelta(days=2))


def test_nothing_runs_twice(workspace, channel, contact, held):
    journey = make_journey(workspace, HELLO, Wait("w1"))
    assert [let_in(journey, contact), let_in(journey, contact)] == [1, 0]
    advance_due()
    Enrollment.objects.update(due_at=NOON)  # a hint that comes too early
    advance_due()
    assert way() == [("s1", "sent")]
    assert the_one().due_at == NOON + timedelta(days=1)


def test_a_branch_by_segment_and_a_step_after_it(workspace, channel, held):
    ayu, budi = make_contact(workspace, "Ayu", tags=["vip"]), make_contact(workspace, "Budi")
    arm = BranchArm('tag "vip"', (Send("s1", "Khusus Kakak"),))
    journey = make_journey(workspace, Branch("b1", (arm,), (Send("s2", "Halo"),)), Send("s3", "Sampai jumpa"))
    let_in(journey, ayu, budi)
    advance_due()
    ways = {e.contact_id: [key for key, _ in way(e)] for e in Enrollment.objects.all()}
    assert ways == {ayu.pk: ["b1", "s1", "s3"], budi.pk: ["b1", "s2", "s3"]}


def test_a_branch_by_the_fate_of_a_message(workspace, channel, contact, held):
    arm = BranchArm(Outcome("s1", "read"), (Send("s2", "Terima kasih sudah membaca"),))
    journey = make_journey(workspace, HELLO, Wait("w1"), Branch("b1", (arm,), (End("e1"),)))
    let_in(journey, contact)
    advance_due()
    Message.objects.update(state="read")
    held.move(days=1)
    advance_due()
    assert way()[-1] == ("s2", "sent")


def test_a_split_follows_its_weights_and_stays_the_same(workspace, held):
    people = [make_contact(workspace, f"Ayu {n}") for n in range(40)]
    split = Split("p1", (SplitArm(0, (End("e1"),)), SplitArm(1, (Wait("w1"),)), SplitArm(1, (Wait("w2"),))))
    journey = make_journey(workspace, split)
    let_in(journey, *people)
    advance_due()
    at = set(Enrollment.objects.values_list("step__key", flat=True))
    assert at == {"w1", "w2"}


def test_a_wait_for_an_order_hears_only_what_comes_later(workspace, contact, held):
    order = Happening("order")
    journey = make_journey(workspace, Wait("w1", "happening", 3, until=order), Wait("w2"))
    record_events(workspace=workspace, events=[NewEvent(contact.pk, "order_completed")])
    let_in(journey, contact)
    advance_due()
    assert way() == []
    record_events(workspace=workspace, events=[NewEvent(contact.pk, "order_completed")])
    Enrollment.objects.update(due_at=NOON)  # the consumer's hint
    advance_due()
    assert way() == [("w1", "happened")]


def test_a_wait_times_out(workspace, contact, held):
    step = Wait("w1", "happening", 3, until=Happening("event", "message_received"))
    journey = make_journey(workspace, step, Branch("b1", (BranchArm(Outcome("w1", "timed_out"), (Wait("w2"),)),)))
    let_in(journey, contact)
    advance_due()
    held.move(days=3)
    advance_due()
    assert way() == [("w1", "timed_out"), ("b1", "branched")]
    assert the_one().step.key == "w2"


def test_an_error_parks_one_person(workspace, monkeypatch, held):
    people = [make_contact(workspace, f"Ayu {n}") for n in range(5)]

    def apply(run):
        if people[3].pk in run.contact_ids:
            raise DomainError("Kolom ini sudah dihapus.", code="gone")
        return {}

    monkeypatch.setattr(contact_actions, "_actions", dict(contact_actions._actions))
    register_contact_action(ContactAction("test.do", "Lakukan", "tag", apply, lambda *_: "Lakukan"))
    journey = make_journey(workspace, Act("a1", "test.do"), Wait("w1"))
    let_in(journey, *people)
    advance_due()
    stuck = Enrollment.objects.get(state="parked")
    assert (stuck.contact_id, stuck.reason, stuck.error) == (people[3].pk, "error", "Kolom ini sudah dihapus.")
    assert Enrollment.objects.filter(state="active", step__key="w1").count() == 4
    assert StepRun.objects.count() == 4


def test_without_a_number_people_are_stuck_and_not_lost(workspace, contact, held):
    journey = make_journey(workspace, HELLO)
    let_in(journey, contact)
    advance_due()
    assert (the_one().state, the_one().reason) == ("parked", "no_channel")


def test_a_goal_and_an_exit_are_checked_before_every_step(workspace, channel, held):
    ayu, budi, citra, dewi = (make_contact(workspace, name) for name in ("Ayu", "Budi", "Citra", "Dewi"))
    exits = (Happening("segment", when='tag "keluar"'), Happening("event", "message_received"))
    journey = make_journey(workspace, Wait("w1"), HELLO, parts={"goal": Happening("order"), "exits": exits})
    record_events(workspace=workspace, events=[NewEvent(citra.pk, "message_received")])
    let_in(journey, ayu, budi, citra, dewi)
    from wabolt.contacts.services import add_tags

    happened = [NewEvent(ayu.pk, "order_completed"), NewEvent(dewi.pk, "message_received")]
    record_events(workspace=workspace, events=happened)
    add_tags(workspace=workspace, contact_ids=[budi.pk], tag_names=["keluar"])
    held.move(days=1)
    advance_due()
    ends = dict(Enrollment.objects.values_list("contact", "reason"))
    assert ends == {ayu.pk: "goal", budi.pk: "exit", citra.pk: "", dewi.pk: "exit"}
    assert Message.objects.get().contact_id == citra.pk


def test_a_paused_journey_holds_people_and_skips_none(workspace, channel, contact, held):
    journey = make_journey(workspace, Wait("w1"), HELLO)
    let_in(journey, contact)
    type(journey).objects.update(state="paused")
    held.move(days=3)
    assert advance_due() == 0
    late = make_contact(workspace, "Budi")
    assert let_in(journey, late) == 1
    type(journey).objects.update(state="active")
    advance_due()
    assert dict(Enrollment.objects.values_list("contact", "state")) == {contact.pk: "finished", late.pk: "active"}


def test_a_message_that_comes_too_late_is_left_out(workspace, channel, contact, held):
    journey = make_journey(workspace, Send("s1", "Promo hari ini", not_later_minutes=60))
    let_in(journey, contact)
    type(journey).objects.update(state="paused")
    held.move(hours=2)
    type(journey).objects.update(state="active")
    advance_due()
    assert way() == [("s1", "skipped")]
    assert not Message.objects.exists()


def test_a_message_carries_its_own_end(workspace, channel, contact, held):
    journey = make_journey(workspace, Send("s1", "Promo hari ini", not_later_minutes=60))
    let_in(journey, contact)
    advance_due()
    assert Message.objects.get().expires_at == NOON + timedelta(hours=1)


def test_people_who_enter_late_start_at_the_right_place(workspace, channel, contact, held):
    """Four days before the day on which a series ends, the first message is over and the wait goes on."""
    journey = make_journey(workspace, HELLO, Wait("w1", amount=7), Send("s2", "Selamat!"))
    let_in(journey, contact, moment=NOON - timedelta(days=3))
    advance_due()
    assert way() == [("s1", "skipped")]
    assert the_one().due_at == NOON + timedelta(days=4)
    held.move(days=4)
    advance_due()
    assert way()[-1] == ("s2", "sent")


def test_a_weekly_message_comes_once_a_week_after_the_computer_was_off(workspace, channel, contact, held):
    """The customer joined at ten, and the message was due at eleven. The journey hears of it at noon."""
    sunday = {"mode": "clock", "at": "11:00", "weekdays": (6,)}
    journey = make_journey(workspace, Wait("w1", **sunday), HELLO, Wait("w2", **sunday), Send("s2", "Kabar kedua"))
    let_in(journey, contact, moment=NOON - timedelta(hours=2))
    advance_due()
    assert way() == [("w1", "waited"), ("s1", "sent")]
    assert the_one().due_at == NOON + timedelta(days=6, hours=23)


def test_too_many_steps_of_a_day_are_a_loop(workspace, contact, held):
    steps = [Wait(f"w{n}", amount=0) for n in range(5)]
    journey = make_journey(workspace, *steps, max_steps_per_day=3)
    let_in(journey, contact)
    advance_due()
    assert (len(way()), the_one().reason) == (3, "too_many_steps")
    held.move(days=1)
    Enrollment.objects.update(state="active", due_at=NOON)
    advance_due()
    assert the_one().state == "finished"


def test_two_occasions_of_one_person_run_side_by_side(workspace, channel, contact, held):
    from wabolt.journeys.rules.definition import Entry

    journey = make_journey(workspace, HELLO, parts={"entry": Entry("always")})
    assert let_in(journey, contact, key="1") + let_in(journey, contact, key="2") == 2
    advance_due()
    assert Message.objects.count() == 2
