"""Attempts to make a step happen twice, to lose a person, or to let one person stop the others."""

import threading
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from wabolt.accounts.services import update_workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent, say_stop
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ContactAction, register_contact_action
from wabolt.contacts.registry import actions as contact_actions
from wabolt.contacts.services import NewEvent, merge_contacts, record_events, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, EntryCount, StepRun
from wabolt.journeys.queries import imbalances, is_balanced
from wabolt.journeys.rules.definition import Act, Entry, Happening, Send, Trigger, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll, enter_due
from wabolt.journeys.tests.conftest import NOON
from wabolt.journeys.tests.factories import make_definition, make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.lib.tests.racing import finish, started, until_one_waits_for_a_lock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db
HELLO = Send("s1", "Halo Kak")


@pytest.fixture
def channel(workspace):
    return make_channel(workspace, cap_per_day=9, cap_per_week=20, quiet_from="00:00", quiet_until="00:00")


def let_in(journey, *people, key=""):
    enroll(journey=journey, entrants=[Entrant(person.pk, key) for person in people])
    advance_due()


def happens(workspace, contact, kind):
    record_events(workspace=workspace, events=[NewEvent(contact.pk, kind)])


def ordered(workspace, contact):
    happens(workspace, contact, "order_completed")


def merged(workspace, kept, absorbed):
    return merge_contacts(workspace=workspace, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")


def the_message():
    message = Message.objects.get()
    return message.state, message.reason


@pytest.fixture
def action(monkeypatch):
    """Registers an action for the steps of a test: `action(apply)`."""
    monkeypatch.setattr(contact_actions, "_actions", dict(contact_actions._actions))

    def register(apply):
        register_contact_action(ContactAction("test.do", "Lakukan", "tag", apply, lambda *_: "Lakukan"))
        return Act("a1", "test.do")

    return register


# Between two looks ----------------------------------------------------------------------------------------------------


def test_a_goal_between_the_step_and_the_lane_cancels_the_message(workspace, channel, contact):
    """The consumer has not heard of the order yet."""
    give_consent(workspace, [contact.pk])
    journey = make_journey(workspace, HELLO, Wait("w1"), parts={"goal": Happening("order")})
    let_in(journey, contact)
    ordered(workspace, contact)
    work_lane_once(channel)
    assert the_message() == ("cancelled", "journey_left")
    advance_due()
    Enrollment.objects.update(due_at=NOON)
    advance_due()
    assert Enrollment.objects.get().reason == "goal"
    assert is_balanced(journey)


@pytest.mark.parametrize("when", ["waiting", "queued"])
def test_consent_that_is_withdrawn_meanwhile_counts(workspace, channel, contact, held, when):
    give_consent(workspace, [contact.pk])
    journey = make_journey(workspace, Wait("w1"), HELLO, Wait("w2"))
    let_in(journey, contact)
    if when == "waiting":
        say_stop(workspace, [contact.pk])
    held.move(days=1)
    advance_due()
    if when == "queued":
        say_stop(workspace, [contact.pk])
    work_lane_once(channel)
    assert the_message()[0] in {"suppressed", "cancelled"}
    assert Enrollment.objects.get().step.key == "w2", "the enrollment goes on"
    assert is_balanced(journey)


def test_a_number_that_was_logged_out_for_two_days_sends_each_message_once(workspace, channel, contact, held):
    give_consent(workspace, [contact.pk])
    steps = (HELLO, Wait("w1"), Send("s2", "Apa kabar?"), Wait("w2"), Send("s3", "Promo", not_later_minutes=600))
    journey = make_journey(workspace, *steps)
    Channel.objects.update(state="disconnected")
    let_in(journey, contact)
    for _day in range(2):
        work_lane_once(channel)
        held.move(days=1)
        advance_due()
    held.move(hours=11)
    Channel.objects.update(state="connected")
    for _turn in range(3):
        work_lane_once(channel)
    ends = Counter(Message.objects.values_list("text", "state"))
    assert {state for (_text, state) in ends} == {"sent", "cancelled"}
    assert [state for _text, state in ends].count("sent") == 2
    assert set(ends.values()) == {1}
    assert (Enrollment.objects.get().state, is_balanced(journey)) == ("finished", True)


# Merges ---------------------------------------------------------------------------------------------------------------


def test_an_order_of_the_absorbed_contact_reaches_the_goal(workspace, channel, held):
    """It was placed while the journey was paused, and the contacts were merged before the journey went on."""
    ayu, doubled = make_contact(workspace, "Ayu"), make_contact(workspace, "Ayu Lestari")
    parts = {"goal": Happening("order"), "entry": Entry("always")}
    journey = make_journey(workspace, Wait("w1"), HELLO, parts=parts)
    let_in(journey, doubled)
    journey = services.pause(journey=journey)
    ordered(workspace, doubled)
    merge = merged(workspace, ayu, doubled)
    services.resume(journey=journey)
    held.move(days=2)
    advance_due()
    row = Enrollment.objects.get()
    assert (row.contact_id, row.reason, Message.objects.count()) == (ayu.pk, "goal", 0)
    undo_merge(workspace=workspace, merge_id=merge.pk)
    assert is_balanced(journey)


def test_an_event_before_the_merge_lets_the_kept_contact_in(workspace):
    ayu, doubled, third = (make_contact(workspace, name) for name in ("Ayu", "Ayu L", "Ayu Lestari"))
    make_journey(workspace, Wait("w1"), parts={"trigger": Trigger("event", {"event": "link_clicked"})})
    follower = Follower()
    happens(workspace, third, "link_clicked")
    merged(workspace, doubled, third)
    merged(workspace, ayu, doubled)
    follower.hear()
    assert list(Enrollment.objects.values_list("contact", flat=True)) == [ayu.pk]


def test_two_ways_of_one_person_send_no_step_twice(workspace, channel, held):
    """Both contacts wait at the same step. After the merge one enrollment goes on, after the undo both do."""
    ayu, doubled = make_contact(workspace, "Ayu"), make_contact(workspace, "Ayu Lestari")
    journey = make_journey(workspace, HELLO, Wait("w1"), Send("s2", "Dadah"))
    let_in(journey, ayu, doubled)
    merge = merged(workspace, ayu, doubled)
    held.move(days=1)
    advance_due()
    second = journey.steps.get(key="s2").pk
    assert Message.objects.filter(origin_id=second).count() == 1
    undo_merge(workspace=workspace, merge_id=merge.pk)
    for _turn in range(2):
        advance_due()
    assert sorted(Message.objects.filter(origin_id=second).values_list("contact", flat=True)) == [ayu.pk, doubled.pk]
    assert set(Counter(StepRun.objects.values_list("enrollment", "step__key")).values()) == {1}
    assert is_balanced(journey)


# One person against the others ----------------------------------------------------------------------------------------


def test_one_poisoned_row_among_thousands_is_parked_alone(workspace, action):
    people = Contact.objects.bulk_create(Contact(workspace=workspace, name=f"Ayu {n}") for n in range(2000))
    poisoned, calls = people[777].pk, []

    def apply(run):
        calls.append(len(run.contact_ids))
        if poisoned in run.contact_ids:
            raise ValueError("racun")
        return {}

    journey = make_journey(workspace, action(apply), Wait("w1"))
    enroll(journey=journey, entrants=[Entrant(person.pk) for person in people])
    advance_due(batch=500)
    assert Enrollment.objects.filter(state="active", step__key="w1").count() == 1999
    assert Enrollment.objects.get(state="parked").contact_id == poisoned
    assert len(calls) < 4 + 2 * 10, "a batch is halved, not tried one by one"
    assert is_balanced(journey)


@pytest.mark.parametrize(("sqlstate", "parked"), [("54000", 1), ("22P02", 1), ("40P01", 0), ("53100", 0)])
def test_errors_of_the_database_are_parked_or_tried_again(workspace, contact, action, sqlstate, parked):
    """54: a limit that this row exceeds. 40: a deadlock. 53: the disk is full."""
    other = make_contact(workspace, "Budi")

    def apply(run):
        if contact.pk in run.contact_ids:
            with connection.cursor() as cursor:
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{sqlstate}'; END $$")
        return {}

    ill = make_journey(workspace, action(apply), Wait("w1"))
    well = make_journey(workspace, Wait("w1", amount=0), Wait("w2"))
    enroll(journey=ill, entrants=[Entrant(contact.pk), Entrant(other.pk)])
    enroll(journey=well, entrants=[Entrant(other.pk)])
    if parked:
        advance_due()
        assert Enrollment.objects.get(journey=ill, contact=other).step.key == "w1"
    else:
        with pytest.raises(Exception, match="x"):
            advance_due()
        assert set(Enrollment.objects.filter(journey=ill).values_list("state", flat=True)) == {"active"}
        assert not StepRun.objects.filter(enrollment__journey=ill).exists()
    assert Enrollment.objects.filter(state="parked").count() == parked
    assert Enrollment.objects.get(journey=well).step.key == "w2", "another journey does not wait for the ill one"


# Clocks and calendars -------------------------------------------------------------------------------------------------


def move_shop(workspace, timezone):
    update_workspace(
        workspace=workspace, name=workspace.name, timezone=timezone, language=workspace.language,
        currency=workspace.currency, by=make_member(workspace),
    )  # fmt: skip


def test_a_shop_that_moves_east_is_due_by_its_new_clock(workspace, contact, held):
    """Nine o'clock comes two hours earlier in Jayapura."""
    journey = make_journey(workspace, Wait("w1", "clock", at="09:00"), Wait("w2"))
    let_in(journey, contact)
    held.move(hours=12)
    move_shop(workspace, "Asia/Jayapura")
    advance_due()
    assert Enrollment.objects.get().due_at == datetime(2026, 11, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("zones", [("Pacific/Apia", "Pacific/Pago_Pago"), ("Pacific/Pago_Pago", "Pacific/Kiritimati")])
def test_across_the_date_line_a_birthday_comes_once(zones, db):
    """The day of the shop begins again, or a day is left out."""
    with clock.hold(datetime(2026, 11, 22, 9, tzinfo=UTC)) as held:
        workspace = make_workspace(timezone=zones[0])
        make_channel(workspace)
        for day in (21, 22, 23):
            Contact.objects.create(workspace=workspace, name=f"{day}", birth_date=date(1990, 11, day))
        parts = {"trigger": Trigger("date", {"field": "birthday", "days": 0, "at": "00:00"}), "entry": Entry("always")}
        journey = make_journey(workspace, HELLO, parts=parts)
        for turn in range(72):
            if turn == 6:
                move_shop(workspace, zones[1])
            enter_due()
            advance_due()
            held.move(hours=1)
        found = Counter(Enrollment.objects.values_list("contact__name", "entry_key"))
        assert set(found.values()) == {1}
        assert {"22", "23"} <= {name for name, _key in found}
        assert Message.objects.count() == Enrollment.objects.count()
        assert is_balanced(journey)


@pytest.mark.parametrize(("feb29", "day"), [("feb28", date(2027, 2, 28)), ("mar1", date(2027, 3, 1))])
def test_29_february_lets_in_once_a_year(workspace, held, feb29, day):
    leap = make_contact(workspace, "Kabisat")
    Contact.objects.filter(pk=leap.pk).update(birth_date=date(2000, 2, 29))
    settings = {"field": "birthday", "days": 0, "at": "09:00", "feb29": feb29}
    make_journey(workspace, Wait("w1"), parts={"trigger": Trigger("date", settings), "entry": Entry("always")})
    entered = []
    for year, last in ((2027, 2), (2028, 3)):
        held.move(seconds=(datetime(year, 2, 27, 3, tzinfo=UTC) - clock.now()).total_seconds())
        for _day in range(last + 1):
            if enter_due():
                entered.append(clock.now().date())
            held.move(days=1)
    assert entered == [day, date(2028, 2, 29)]


# The counter of entries -----------------------------------------------------------------------------------------------


def test_entries_are_counted_when_they_happen_and_a_lost_one_is_noticed(workspace, contact):
    journey = make_journey(workspace, Wait("w1"))
    let_in(journey, contact, make_contact(workspace, "Budi"))
    assert EntryCount.objects.get().entered == 2
    assert imbalances() == []
    Enrollment.objects.filter(contact=contact).delete()
    [found] = imbalances()
    assert (found.journey_id, found.entered, found.people, found.by_state, found.wrong) == (journey.pk, 2, 1, 1, 0)


@pytest.mark.parametrize("change", [{"step": None}, {"due_at": None}, {"ended_at": NOON}, {"state": "finished"}])
def test_a_person_in_an_impossible_state_is_noticed(workspace, contact, change):
    journey = make_journey(workspace, Wait("w1"))
    let_in(journey, contact)
    assert is_balanced(journey)
    Enrollment.objects.update(**change)
    assert [one.wrong for one in imbalances()] == [1]


# Two processes --------------------------------------------------------------------------------------------------------


def _edit(journey):
    definition = make_definition(Wait("w1", amount=9), Send("s2", "Baru"))
    journey = services.save_draft(journey=journey, definition=definition, expected=journey.draft_version)
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    return journey


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda journey: services.archive(journey=journey, let_finish=False), ("exited", None)),
        (lambda journey: services.publish(journey=journey, decisions={"w1": "go_on"}), ("active", "w1")),
        (lambda journey: services.pause(journey=journey), ("active", "w1")),
        (lambda journey: services.exit_people(
            journey=journey, enrollment_ids=list(Enrollment.objects.values_list("pk", flat=True))), ("exited", None)),
    ],
    ids=["archive", "publish", "pause", "exit"],
)  # fmt: skip
def test_a_change_waits_for_the_batch_that_is_being_worked_on(action, change, state):
    """The engine has claimed the person and is in the middle of the step when a member changes the journey."""
    workspace = make_workspace()
    contact = make_contact(workspace)
    inside, go_on = threading.Event(), threading.Event()

    def apply(_run):
        inside.set()
        assert go_on.wait(20)
        return {}

    journey = make_journey(workspace, action(apply), Wait("w1"))
    enroll(journey=journey, entrants=[Entrant(contact.pk)])
    journey = _edit(journey)
    worker = started(advance_due)
    assert inside.wait(20)
    member = started(lambda: change(journey))
    until_one_waits_for_a_lock()
    go_on.set()
    for thread in (worker, member):
        finish(thread)
    row = Enrollment.objects.get()
    assert (row.state, row.step.key if row.state == "active" else None) == state
    assert StepRun.objects.filter(step__key="a1").count() == 1
    assert is_balanced(journey)
