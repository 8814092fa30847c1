"""Publishing, and what it does to the people inside."""

from datetime import timedelta

import pytest

from wabolt.accounts.models import AuditEntry
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries import impact
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.definition import MAX_ARMS, Branch, BranchArm, Entry, Happening, Send, Trigger, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.conftest import NOON
from wabolt.journeys.tests.factories import make_definition
from wabolt.lib.errors import DomainError
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.segments.models import LiveReason, Segment

pytestmark = pytest.mark.django_db
HELLO, BYE = Send("s1", "Halo Kak"), Send("s2", "Sampai jumpa")


def refused(code):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


@pytest.fixture
def channel(workspace):
    return make_channel(workspace)


def draft(workspace, *steps, **parts):
    return services.create_journey(workspace=workspace, name="Sambutan", definition=make_definition(*steps, **parts))


def change(journey, *steps, **decisions):
    """Saves and publishes another definition with these decisions."""
    journey.refresh_from_db()
    parts = {} if "parts" not in decisions else decisions.pop("parts")
    definition = make_definition(*steps, **parts)
    journey = services.save_draft(journey=journey, definition=definition, expected=journey.draft_version)
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    return services.publish(journey=journey, decisions=decisions)


def published(workspace, *steps, **parts):
    journey = draft(workspace, *steps, **parts)
    services.note_test_run(journey=journey, draft_version=0)
    return services.publish(journey=journey)


def let_in(journey, *people):
    enroll(journey=journey, entrants=[Entrant(person.pk) for person in people])
    advance_due()


def at():
    return list(Enrollment.objects.order_by("id").values_list("step__key", "state"))


# Publishing -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_published_after_a_test_run(workspace):
    journey = draft(workspace, HELLO)
    with refused("not_tested"):
        services.publish(journey=journey)
    services.note_test_run(journey=journey, draft_version=0)
    journey = services.publish(journey=journey)
    assert (journey.state, journey.version.number, journey.published_at) == ("active", 1, NOON)
    assert journey.steps.get().content.text.startswith("Halo Kak")
    assert AuditEntry.objects.filter(action="journey.publish").count() == 1


def test_two_windows_do_not_overwrite_each_other(workspace):
    journey = draft(workspace, HELLO)
    services.save_draft(journey=journey, definition=make_definition(BYE), expected=0)
    with refused("changed_elsewhere"):
        services.save_draft(journey=journey, definition=make_definition(HELLO), expected=0)


def test_a_draft_that_cannot_be_read_is_not_stored(workspace):
    """Pages show the published journey instead of such a draft."""
    exits = tuple(Happening("event", f"kind_{n}") for n in range(MAX_ARMS + 1))
    journey = draft(workspace, HELLO)
    for steps, parts in (((BYE,), {"exits": exits}), ((BYE, BYE), {}), ((Send("s1", "x" * 5000),), {})):
        definition = make_definition(*steps, **parts)
        with refused("unreadable"):
            services.save_draft(journey=journey, definition=definition, expected=0)
        with refused("unreadable"):
            services.create_journey(workspace=workspace, name="Lain", definition=definition)
    stored = Journey.objects.get()
    assert (parse(stored.draft), stored.draft_version) == (make_definition(HELLO), 0)


@pytest.mark.parametrize(
    ("steps", "parts", "code"),
    [
        ((), {}, "no_steps"),
        ((HELLO,), {"trigger": Trigger()}, "no_trigger"),
        ((HELLO,), {"trigger": Trigger("date", {"field": "gone"})}, "bad_trigger"),
        ((Branch("b1", (BranchArm('tag is "'),)),), {}, "bad_condition"),
        ((Send("s1", "Halo", purpose="service"),), {}, "promotion_as_service"),
    ],
)
def test_what_stops_a_publication(workspace, steps, parts, code):
    with pytest.raises(DomainError) as caught:
        published(workspace, *steps, **parts)
    assert [problem.code for problem in caught.value.params["problems"]] == [code]


def test_a_broken_text_names_its_step(workspace):
    with pytest.raises(DomainError) as caught:
        published(workspace, HELLO, Send("s2", "Halo {{ contact.nam "))
    assert caught.value.params["step"] == "s2"
    assert Journey.objects.get().version is None


def test_an_unchanged_text_keeps_its_content(workspace):
    journey = published(workspace, HELLO, BYE)
    before = dict(journey.steps.values_list("key", "content"))
    change(journey, HELLO, Send("s2", "Dadah"))
    after = dict(journey.steps.values_list("key", "content"))
    assert (before["s1"] == after["s1"], before["s2"] == after["s2"]) == (True, False)


def test_the_segment_of_a_trigger_is_kept_up_to_date_while_it_is_needed(workspace):
    segment = Segment.objects.create(workspace=workspace, name="VIP", tree={"all": []})
    parts = {"trigger": Trigger("segment_entered", {"segment": segment.pk})}
    journey = published(workspace, HELLO, **parts)
    assert LiveReason.objects.get().reason == f"journey:{journey.pk}"
    change(journey, HELLO)
    assert not LiveReason.objects.exists()


# People inside --------------------------------------------------------------------------------------------------------


def test_the_impact_counts_people_at_changed_and_deleted_steps(workspace, channel, contact):
    journey = published(workspace, Wait("w1"), HELLO, Wait("w2"), BYE)
    let_in(journey, contact, make_contact(workspace))
    definition = make_definition(HELLO, Wait("w2", amount=9), BYE)
    journey = services.save_draft(journey=journey, definition=definition, expected=0)
    [found] = impact(journey)
    assert (found.step.id, found.is_deleted, found.waiting, found.goes_on_at) == ("w1", True, 2, "s1")


def test_a_shorter_wait_releases_those_who_have_waited_long_enough(workspace, contact, held):
    journey = published(workspace, Wait("w1", amount=5), Wait("w2"))
    let_in(journey, contact)
    held.move(days=3)
    change(journey, Wait("w1", amount=2), Wait("w2"))
    advance_due()
    assert at() == [("w2", "active")]


def test_a_longer_wait_goes_on_from_its_beginning(workspace, contact, held):
    journey = published(workspace, Wait("w1", amount=5), Wait("w2"))
    let_in(journey, contact)
    held.move(days=3)
    change(journey, Wait("w1", amount=7), Wait("w2"))
    advance_due()
    assert (at(), Enrollment.objects.get().due_at) == ([("w1", "active")], NOON + timedelta(days=7))


def test_people_at_a_deleted_step_go_on_at_the_next_one(workspace, channel, contact):
    journey = published(workspace, Wait("w1"), HELLO, Wait("w2"))
    let_in(journey, contact)
    change(journey, HELLO, Wait("w2"))
    advance_due()
    assert at() == [("w2", "active")]
    assert journey.steps.get(key="w1").retired_at == NOON
    assert StepRun.objects.filter(step__key="w1").get().outcome == "moved"


def test_people_finish_when_nothing_is_left_after_a_deleted_step(workspace, contact):
    journey = published(workspace, Wait("w0", amount=0), Wait("w1"))
    let_in(journey, contact)
    change(journey, Wait("w0", amount=0))
    assert at() == [(None, "finished")]


def test_a_member_decides_who_leaves_and_who_moves(workspace, channel):
    people = [make_contact(workspace) for _ in range(2)]
    journey = published(workspace, Wait("w1"), Wait("w2"), Wait("w3"))
    let_in(journey, *people)
    with refused("bad_decision"):
        change(journey, Wait("w2"), Wait("w3"), w1="move:w9")
    journey.refresh_from_db()
    services.publish(journey=journey, decisions={"w1": "move:w3"})
    assert at() == [("w3", "active")] * 2
    change(journey, Wait("w2"), w3="leave")
    assert [state for _step, state in at()] == ["exited"] * 2
    assert set(Enrollment.objects.values_list("reason", flat=True)) == {"removed"}


def test_a_step_that_was_moved_down_does_not_run_again(workspace, channel, contact, held):
    journey = published(workspace, HELLO, Wait("w1"), BYE)
    let_in(journey, contact)
    change(journey, Wait("w1"), HELLO, BYE)
    held.move(days=1)
    advance_due()
    assert list(StepRun.objects.order_by("id").values_list("step__key", flat=True)) == ["s1", "w1", "s2"]


def test_people_of_a_deleted_step_pass_over_a_step_that_they_have_done(workspace, channel, contact, held):
    journey = published(workspace, HELLO, Wait("w1"), Wait("w2"))
    let_in(journey, contact)
    change(journey, Wait("w1"), HELLO, Wait("w2"))
    change(journey, HELLO, Wait("w2"))
    advance_due()
    assert at() == [("w2", "active")]
    assert Message.objects.count() == 1


def test_people_of_a_deleted_step_do_not_wait_again_where_they_have_waited(workspace, contact, held):
    """Two deletions in a row put them at a wait that they have passed, with another one behind it."""
    waited, passed, last = Wait("w1"), Wait("w2"), Wait("w4")
    journey = published(workspace, waited, passed, Wait("w3"), last)
    let_in(journey, contact)
    held.move(days=1)
    advance_due()
    held.move(days=1)
    advance_due()
    assert at() == [("w3", "active")]
    change(journey, Wait("w3"), waited, passed, last)
    change(journey, waited, passed, last)
    assert at() == [("w1", "active")]
    advance_due()
    assert at() == [("w4", "active")]
    assert list(StepRun.objects.order_by("id").values_list("step__key", flat=True)) == ["w1", "w2", "w3"]


def test_going_back_runs_the_steps_again(workspace, channel, contact, held):
    journey = published(workspace, HELLO, Wait("w1"), Wait("w2"))
    let_in(journey, contact)
    change(journey, HELLO, Wait("w2"), w1="move:s1")
    advance_due()
    assert Message.objects.count() == 2
    assert set(StepRun.objects.filter(step__key="s1").values_list("visit", flat=True)) == {1, 2}


def test_a_deleted_step_that_comes_back_does_not_run_again(workspace, channel, contact, held):
    journey = published(workspace, HELLO, Wait("w1"), BYE)
    let_in(journey, contact)
    change(journey, Wait("w1"), BYE)
    change(journey, Wait("w1"), HELLO, BYE)
    held.move(days=1)
    advance_due()
    assert Message.objects.filter(origin_id=journey.steps.get(key="s1").pk).count() == 1


# Running --------------------------------------------------------------------------------------------------------------


def test_a_pause_holds_people_and_queued_messages(workspace, channel, contact, held):
    give_consent(workspace, [contact.pk])
    journey = published(workspace, HELLO, Wait("w1"), BYE)
    let_in(journey, contact)
    services.pause(journey=journey)
    work_lane_once(channel)
    assert Message.objects.get().state == "queued"
    held.move(days=2)
    assert advance_due() == 0
    services.resume(journey=journey)
    work_lane_once(channel)
    assert Message.objects.get().state == "sent"
    advance_due()
    assert at() == [(None, "finished")]
    with refused("not_paused"):
        services.resume(journey=journey)


@pytest.mark.parametrize(("let_finish", "states"), [(True, {"finished"}), (False, {"exited"})])
def test_an_archived_journey_lets_people_finish_or_ends_them(workspace, channel, contact, held, let_finish, states):
    journey = published(workspace, Wait("w1"), HELLO, entry=Entry("always"))
    let_in(journey, contact)
    services.archive(journey=journey, let_finish=let_finish)
    with refused("not_published"):
        let_in(journey, make_contact(workspace))
    held.move(days=1)
    advance_due()
    assert set(Enrollment.objects.values_list("state", flat=True)) == states


def test_stuck_people_try_again(workspace, contact):
    journey = published(workspace, HELLO)
    let_in(journey, contact)
    assert at() == [("s1", "parked")]
    make_channel(workspace)
    assert services.retry_parked(journey=journey) == 1
    advance_due()
    assert at() == [(None, "finished")]


def test_people_are_taken_out_with_their_messages(workspace, channel, contact):
    journey = published(workspace, HELLO, Wait("w1"))
    let_in(journey, contact)
    assert services.exit_people(journey=journey, enrollment_ids=[Enrollment.objects.get().pk]) == 1
    assert Message.objects.get().state == "cancelled"
