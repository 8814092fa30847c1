"""Events, dates and silence let people in, each once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from wabolt.accounts.models import Workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.tests.factories import make_order
from wabolt.contacts.models import Contact
from wabolt.contacts.services import NewEvent, add_tags, create_field, record_events, remove_tags, set_field
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.rules.dates import kept_on, occurrences
from wabolt.journeys.rules.definition import Entry, Happening, Send, Trigger, Wait
from wabolt.journeys.services import advance_due, enroll_segment, enter_due
from wabolt.journeys.tests.conftest import NOON
from wabolt.journeys.tests.factories import make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.lib.birthdays import without_year
from wabolt.messaging.models import Message
from wabolt.segments.services import tend_live
from wabolt.segments.tests.live import Follower as SegmentFollower
from wabolt.segments.tests.live import make_live

pytestmark = pytest.mark.django_db
WAIT = Wait("w1", amount=30)


def started_by(workspace, kind, *steps, entry=None, **settings):
    parts = {"trigger": Trigger(kind, settings), "entry": entry or Entry("always")}
    return make_journey(workspace, *(steps or (WAIT,)), parts=parts, published_at=clock.now())


def happens(workspace, contact, kind, **data):
    record_events(workspace=workspace, events=[NewEvent(contact.pk, kind, data=data)])


def inside():
    return sorted(Enrollment.objects.values_list("contact", "entry_key"))


@pytest.fixture
def listen(workspace):
    return Follower().catch_up


# Events ---------------------------------------------------------------------------------------------------------------


def test_an_order_lets_in_once_per_order(workspace, contact, listen):
    started_by(workspace, "order")
    happens(workspace, contact, "order_completed", order=7)
    happens(workspace, contact, "order_completed", order=7)
    happens(workspace, contact, "order_completed", order=8)
    listen()
    assert inside() == [(contact.pk, "7"), (contact.pk, "8")]


def test_an_order_that_is_completed_again_lets_no_person_in_again(workspace, contact, held, listen):
    """It was cancelled by mistake, after the enrollment had ended."""
    started_by(workspace, "order", Wait("w1", amount=3))
    for order, entered in ((7, 1), (7, 1), (8, 2)):
        happens(workspace, contact, "order_completed", order=order)
        listen()
        assert Enrollment.objects.count() == entered
        held.move(days=4)
        advance_due()
        assert not Enrollment.objects.filter(state="active").exists()


def ordered(workspace, contact, *days_ago):
    """Orders of a file that is imported now."""
    data = [NewEvent(contact.pk, "order_completed", NOON - timedelta(days=days), {"order": days}) for days in days_ago]
    record_events(workspace=workspace, events=data)


def test_an_imported_order_starts_at_its_own_time(workspace, contact, held, listen):
    """A tip after two days, a question a week later. The order is four days old: the tip would come too late."""
    make_channel(workspace)
    waits = Wait("w1", amount=2, at="10:00"), Wait("w2", amount=7, at="10:00")
    started_by(workspace, "order", waits[0], Send("s1", "Tips"), waits[1], Send("s2", "Suka?"))
    ordered(workspace, contact, 4)
    listen()
    assert not Message.objects.exists()
    held.move(days=6)
    advance_due()
    assert list(StepRun.objects.filter(step__kind="send").values_list("step__key", "outcome").order_by("pk")) == [
        ("s1", "skipped"), ("s2", "sent"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [{"kind": "order"}, {"kind": "event", "event": "order_completed"}])
def test_orders_of_years_start_nothing(workspace, contact, listen, kind):
    started_by(workspace, **kind)
    ordered(workspace, contact, 700, 400, 31)
    listen()
    assert inside() == []


def test_of_several_imported_orders_the_newest_counts(workspace, contact, listen):
    started_by(workspace, "order", entry=Entry("after_end", cooldown_days=14))
    ordered(workspace, contact, 20, 3, 9)
    listen()
    assert inside() == [(contact.pk, "3")]


def test_a_label_lets_in_in_any_case(workspace, contact, listen):
    started_by(workspace, "tag_added", tag="vip")
    add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["VIP"])
    add_tags(workspace=workspace, contact_ids=[make_contact(workspace).pk], tag_names=["reseller"])
    listen()
    assert inside() == [(contact.pk, "")]


def test_an_event_has_to_fit_its_conditions(workspace, contact, listen):
    started_by(workspace, "event", event="link_clicked", link=5)
    happens(workspace, contact, "link_clicked", link=4)
    listen()
    assert inside() == []
    happens(workspace, contact, "link_clicked", link=5)
    listen()
    assert inside() == [(contact.pk, "")]


def test_coming_into_a_segment_and_leaving_it(workspace, contact, held, listen):
    segment = make_live(workspace, 'tag "VIP"')
    came, left = (started_by(workspace, kind, segment=segment.pk) for kind in ("segment_entered", "segment_left"))
    started_by(workspace, "segment_entered", segment=make_live(workspace, 'tag "Reseller"').pk)
    members = SegmentFollower()
    add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["VIP"])
    members.catch_up()
    listen()
    assert list(Enrollment.objects.values_list("journey", flat=True)) == [came.pk]
    remove_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["VIP"])
    members.catch_up()
    listen()
    assert Enrollment.objects.count() == 1, "the minimum stay is not over"
    held.move(minutes=11)
    tend_live()
    listen()
    assert sorted(Enrollment.objects.values_list("journey", flat=True)) == [came.pk, left.pk]


def test_another_workspace_hears_nothing(workspace, contact, listen):
    started_by(Workspace.objects.create(name="Toko lain"), "order")
    happens(workspace, contact, "order_completed", order=7)
    listen()
    assert inside() == []


@pytest.mark.parametrize(
    ("entry", "entered"),
    [
        (Entry("never"), [1, 0, 0, 0]),
        (Entry("after_end"), [1, 0, 1, 1]),
        (Entry("after_end", cooldown_days=5), [1, 0, 0, 1]),
        (Entry("always"), [1, 0, 1, 1]),
        (Entry("always", cooldown_days=6), [1, 0, 0, 1]),
    ],
)
def test_the_rule_for_entering_again(workspace, contact, held, entry, entered, listen):
    """Four events: on the first day, while inside, a day after the end, and ten days later."""
    started_by(workspace, "event", Wait("w1", amount=3), entry=entry, event="link_clicked")
    counts = []
    for days in (0, 1, 3, 10):
        held.move(days=days)
        before = Enrollment.objects.count()
        advance_due()
        happens(workspace, contact, "link_clicked")
        listen()
        counts.append(Enrollment.objects.count() - before)
    assert counts == entered


def test_the_goal_ends_the_way_and_cancels_what_is_queued(workspace, contact, listen):
    make_channel(workspace)
    parts = {"trigger": Trigger("tag_added", {"tag": "vip"}), "goal": Happening("order")}
    make_journey(workspace, Send("s1", "Halo"), WAIT, parts=parts)
    add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["vip"])
    listen()
    assert Message.objects.get().state == "queued"
    happens(workspace, contact, "order_completed", order=7)
    listen()
    assert Enrollment.objects.get().reason == "goal"
    assert (Message.objects.get().state, Message.objects.get().reason) == ("cancelled", "journey_left")


def test_a_wait_for_an_event_ends_when_the_consumer_hears_it(workspace, contact, held, listen):
    started_by(workspace, "order", Wait("w1", "happening", 9, until=Happening("event", "message_received")), Wait("w2"))
    happens(workspace, contact, "order_completed", order=7)
    listen()
    assert Enrollment.objects.get().due_at == NOON + timedelta(days=9)
    happens(workspace, contact, "message_received", message=1)
    listen()
    assert list(StepRun.objects.values_list("step__key", "outcome")) == [("w1", "happened")]


def test_a_condition_on_the_person_is_looked_at_after_each_event(workspace, contact, held, listen):
    until = Happening("segment", when='tag "lunas"')
    started_by(workspace, "order", Wait("w1", "happening", 9, until=until))
    happens(workspace, contact, "order_completed", order=7)
    listen()
    add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["lunas"])
    listen()
    assert Enrollment.objects.get().state == "finished"


def test_people_of_a_segment_enter_by_hand(workspace, contact):
    make_contact(workspace, "Budi")
    add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=["vip"])
    journey = started_by(workspace, "by_hand", entry=Entry("never"))
    assert [enroll_segment(journey=journey, text='tag "vip"') for _ in range(2)] == [1, 0]
    assert inside() == [(contact.pk, "")]


def test_the_comparison_group_gets_nothing_and_is_counted(workspace):
    people = [make_contact(workspace, f"Ayu {n}") for n in range(60)]
    journey = started_by(workspace, "by_hand")
    Journey.objects.update(holdout_percent=50)
    assert enroll_segment(journey=journey, text="everyone") == len(people)
    states = set(Enrollment.objects.values_list("state", "due_at", "step"))
    assert {state for state, *_ in states} == {"active", "held_out"}
    assert ("held_out", None, None) in states


# Dates ----------------------------------------------------------------------------------------------------------------


def born(workspace, day, **fields):
    contact = make_contact(workspace, f"Lahir {day}", **fields)
    Contact.objects.filter(pk=contact.pk).update(birth_date=day)
    return contact


def test_a_birthday_lets_in_once_a_year_with_and_without_a_year(workspace, held):
    ayu = born(workspace, date(1990, 11, 22))
    budi = born(workspace, without_year(date(2000, 11, 22)))
    born(workspace, date(1990, 11, 23))
    started_by(workspace, "date", field="birthday", days=0, at="09:00")
    assert [enter_due(), enter_due()] == [2, 0]
    assert inside() == [(ayu.pk, "2026"), (budi.pk, "2026")]
    held.move(days=365)
    assert enter_due() == 2


def test_a_birthday_begins_at_its_hour_in_the_shops_zone(workspace, held):
    born(workspace, date(1990, 11, 22))
    started_by(workspace, "date", field="birthday", days=0, at="13:00")
    assert enter_due() == 0
    held.move(hours=1)
    assert enter_due() == 1


def test_a_clock_that_is_set_back_lets_no_person_in_twice(workspace, held):
    born(workspace, date(1990, 11, 22))
    started_by(workspace, "date", field="birthday", days=0, at="09:00")
    assert enter_due() == 1
    held.move(hours=-4)
    assert enter_due() == 0
    held.move(hours=4)
    assert enter_due() == 0


def test_people_added_before_their_birthday_enter_at_the_right_place(workspace, held):
    """A series that begins seven days before the birthday; the date of birth is typed four days late."""
    make_channel(workspace)
    born(workspace, date(1990, 11, 25))
    started_by(
        workspace, "date", Send("s1", "Sebentar lagi"), Wait("w1", amount=7), Send("s2", "Selamat"),
        field="birthday", days=-7, at="09:00",
    )  # fmt: skip
    assert enter_due() == 1
    advance_due()
    assert not Message.objects.exists()
    assert Enrollment.objects.get().due_at == datetime(2026, 11, 25, 2, tzinfo=UTC)


def test_a_date_field_lets_in_before_and_after(workspace, contact, held):
    create_field(workspace=workspace, label="Janji", kind="date", key="janji")
    set_field(workspace=workspace, contact_ids=[contact.pk], key="janji", value="2026-11-24")
    started_by(workspace, "date", field="janji", days=-2, at="09:00")
    started_by(workspace, "date", field="janji", days=3, at="09:00")
    enter_due()
    assert inside() == [(contact.pk, "2026-11-24")]
    held.move(days=5)
    enter_due()
    assert inside() == [(contact.pk, "2026-11-24")] * 2


@pytest.mark.parametrize(
    ("day", "feb29", "kept"),
    [
        (date(2026, 2, 28), "feb28", [(2, 28), (2, 29)]),
        (date(2026, 2, 28), "mar1", [(2, 28)]),
        (date(2026, 3, 1), "mar1", [(3, 1), (2, 29)]),
        (date(2028, 2, 28), "feb28", [(2, 28)]),
        (date(2028, 2, 29), "feb28", [(2, 29)]),
        (date(2028, 3, 1), "mar1", [(3, 1)]),
    ],
)
def test_29_february_in_other_years(day, feb29, kept):
    assert kept_on(day, feb29) == kept


def test_an_occurrence_is_over_at_the_end_of_its_day(workspace):
    tz = workspace.tz
    at = {"days": 0, "at": "09:00", "feb29": "feb28"}
    assert [one.day for one in occurrences(NOON, tz, **at)] == [date(2026, 11, 22)]
    assert not occurrences(NOON - timedelta(hours=4), tz, **at)
    before = [one.day.day for one in occurrences(NOON, tz, **{**at, "days": -3})]
    assert before == [22, 23, 24, 25]
    after = [one.day.day for one in occurrences(NOON, tz, **{**at, "days": 3})]
    assert after == [19]


# Silence --------------------------------------------------------------------------------------------------------------


def test_silence_lets_in_once_and_not_those_who_were_silent_before(workspace, contact, held):
    old = make_contact(workspace, "Lama")
    Contact.objects.filter(pk=old.pk).update(last_inbound_at=NOON - timedelta(days=100))
    Contact.objects.filter(pk=contact.pk).update(last_inbound_at=NOON - timedelta(days=20))
    started_by(workspace, "silence", days=30)
    assert enter_due() == 0
    held.move(days=10)
    assert [enter_due(), enter_due()] == [1, 0]
    assert Enrollment.objects.get().contact == contact


def test_an_order_ends_a_silence_as_a_message_does(workspace, contact, held):
    Contact.objects.filter(pk=contact.pk).update(last_inbound_at=NOON - timedelta(days=20))
    make_order(workspace, contact.pk, ordered_at=NOON - timedelta(days=5))
    started_by(workspace, "silence", days=30)
    held.move(days=24)
    assert enter_due() == 0, "silent since the order, 29 days ago"
    held.move(days=1)
    assert enter_due() == 1
