"""Merged, parted and erased people, a restored backup, an unlinked number."""

from collections import Counter
from datetime import timedelta

import pytest

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.services import erase_contacts, merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries import counts, is_balanced
from wabolt.journeys.rules.definition import Entry, Send, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.services.restoring import pause_all
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.lib.restore import Restore
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.messaging.queries import WENT_OUT

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(workspace):
    return make_channel(workspace)


@pytest.fixture
def journey(workspace, channel):
    return make_journey(
        workspace, Send("s1", "Halo"), Wait("w1"), Send("s2", "Dadah"), parts={"entry": Entry("always")}
    )


def let_in(journey, *people, key=""):
    enroll(journey=journey, entrants=[Entrant(person.pk, key) for person in people])
    advance_due()


def states():
    return sorted(Enrollment.objects.values_list("contact", "entry_key", "state", "reason"))


def merged(workspace, kept, absorbed):
    return merge_contacts(workspace=workspace, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")


def test_a_merged_person_goes_one_way_per_occasion(workspace, journey, contact, held):
    other = make_contact(workspace, "Budi")
    let_in(journey, contact, other, key="2026")
    let_in(journey, other, key="2027")
    merge = merged(workspace, contact, other)
    assert states() == [
        (contact.pk, "2026", "active", ""), (contact.pk, "2027", "active", ""), (other.pk, "2026", "exited", "merged"),
    ]  # fmt: skip
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "queued", "queued"]
    held.move(days=1)
    advance_due()
    assert Message.objects.filter(origin_id=journey.steps.get(key="s2").pk).count() == 2
    assert is_balanced(journey)
    undo_merge(workspace=workspace, merge_id=merge.pk)
    advance_due()
    assert (other.pk, "2026", "finished", "") in states()
    assert is_balanced(journey)


@pytest.mark.parametrize("arrived", [True, False])
def test_what_one_contact_got_is_not_sent_to_the_other_after_the_merge(workspace, channel, held, arrived):
    """The absorbed contact was a step ahead. A message that it did not get is for the kept one."""
    ayu, doubled = make_contact(workspace, "Ayu"), make_contact(workspace, "Ayu Lestari")
    give_consent(workspace, [ayu.pk, doubled.pk])
    steps = Wait("w1", amount=2), Send("s1", "Halo"), Wait("w2", amount=5), Send("s2", "Dadah")
    journey = make_journey(workspace, *steps)
    let_in(journey, doubled)
    held.move(days=1)
    let_in(journey, ayu)
    held.move(days=1)
    advance_due()
    if arrived:
        work_lane_once(channel)
    merged(workspace, ayu, doubled)
    for _day in range(8):
        held.move(days=1)
        advance_due()
        work_lane_once(channel)
    pks = {step.key: step.pk for step in journey.steps.filter(kind="send")}
    sent = Counter(Message.objects.filter(state__in=WENT_OUT).values_list("origin_id", flat=True))
    assert sent == {pks["s1"]: 1, pks["s2"]: 1}
    hello = StepRun.objects.get(enrollment__contact=ayu, step__key="s1")
    assert hello.detail.get("reason") == ("got_before_merge" if arrived else None)
    assert Enrollment.objects.get(contact=ayu).state == "finished"
    assert is_balanced(journey)


def test_an_erased_person_leaves_and_gets_nothing(workspace, journey, contact, held):
    let_in(journey, contact)
    Enrollment.objects.update(context={"variables": {"cart": "batik"}})
    erase_contacts(workspace=workspace, ids=[contact.pk])
    row = Enrollment.objects.get()
    assert (row.state, row.reason, row.context) == ("exited", "erased", {})
    assert Message.objects.get().state == "cancelled"
    held.move(days=2)
    assert advance_due() == 0
    assert is_balanced(journey)


def test_a_restored_journey_waits_for_a_member(workspace, journey, channel, contact, held):
    give_consent(workspace, [contact.pk])
    let_in(journey, contact)
    pause_all(Restore(made_at=clock.now()))
    held.move(days=2)
    assert advance_due() == 0
    work_lane_once(channel)
    assert (Journey.objects.get().state, Message.objects.get().state) == ("paused", "queued")


def test_an_unlinked_number_holds_messages_until_their_time_is_over(workspace, channel, contact, held):
    give_consent(workspace, [contact.pk])
    journey = make_journey(workspace, Send("s1", "Promo sore ini", not_later_minutes=120), Send("s2", "Kabar"))
    Channel.objects.update(state="disconnected")
    let_in(journey, contact)
    work_lane_once(channel)
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
    held.move(hours=3)
    Channel.objects.update(state="connected")
    work_lane_once(channel)
    ended = dict(Message.objects.values_list("origin_id", "state"))
    by_step = {step.key: ended[step.pk] for step in journey.steps.all()}
    assert by_step == {"s1": "cancelled", "s2": "sent"}


def test_an_archived_number_is_no_longer_used(workspace, channel, journey, contact):
    Channel.objects.update(archived_at=clock.now())
    let_in(journey, contact)
    assert counts(journey).parked == 1


def test_messages_in_quiet_hours_are_postponed_or_skipped(workspace, contact, held):
    give_consent(workspace, [contact.pk])
    channel = make_channel(workspace, quiet_from="20:00", quiet_until="08:00")
    held.move(hours=9)  # 21.00
    journey = make_journey(workspace, Send("s1", "Nanti"), Send("s2", "Sekarang", quiet="skip"))
    let_in(journey, contact)
    work_lane_once(channel)
    assert [m.state for m in Message.objects.all()] == ["queued"]
    held.move(hours=11)
    work_lane_once(channel)
    assert [m.state for m in Message.objects.all()] == ["sent"]


def test_a_message_that_skips_quiet_hours_ends_when_they_begin(workspace, channel, contact, held):
    Channel.objects.update(quiet_from="20:00", quiet_until="08:00")
    journey = make_journey(workspace, Send("s1", "Sekarang", quiet="skip"))
    let_in(journey, contact)
    assert Message.objects.get().expires_at == held.moment + timedelta(hours=8)
