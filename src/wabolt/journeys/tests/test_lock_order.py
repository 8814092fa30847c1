"""Merges and erasures of people whom another transaction is working on: both sides succeed, in the one order of locks.

Each test brings two transactions to the point at which they deadlock if one of them locks people before their contacts.
"""

import threading

import pytest
from django.db import transaction

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ContactAction, register_contact_action
from wabolt.contacts.registry import actions as contact_actions
from wabolt.contacts.services import NewEvent, erase_contacts, merge_contacts, record_events
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, StepRun
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.rules.definition import Act, Happening, Trigger, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.services.people import end_for_contacts
from wabolt.journeys.tests.factories import make_definition, make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.lib.tests.racing import finish, started, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)


def _merge(kept: Contact, absorbed: Contact) -> None:
    merge_contacts(workspace=kept.workspace, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")


def _erase(_kept: Contact, absorbed: Contact) -> None:
    erase_contacts(workspace=absorbed.workspace, ids=[absorbed.pk])


@pytest.mark.parametrize("change", [_merge, _erase])
def test_a_person_is_merged_or_erased_while_the_engine_works_on_them(monkeypatch, change):
    """The engine is in the middle of the last step when a member changes the contact. The end of the way is an event of
    the contact."""
    workspace = make_workspace()
    kept, absorbed = make_contact(workspace, "Ayu"), make_contact(workspace, "Ayu Lestari")
    inside, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(contact_actions, "_actions", dict(contact_actions._actions))

    def apply(_run):
        inside.set()
        assert go_on.wait(20)
        return {}

    register_contact_action(ContactAction("test.do", "Lakukan", "tag", apply, lambda *_: "Lakukan"))
    journey = make_journey(workspace, Act("a1", "test.do"))
    enroll(journey=journey, entrants=[Entrant(absorbed.pk)])
    worker = started(advance_due)
    assert inside.wait(20)
    member = started(lambda: change(kept, absorbed))
    until_waiting(1)
    go_on.set()
    for thread in (worker, member):
        finish(thread)
    row = Enrollment.objects.get()
    assert (row.state, row.contact) == ("finished", kept if change is _merge else absorbed)
    assert StepRun.objects.count() == 1
    assert is_balanced(journey)


def _exit(journey):
    services.exit_people(journey=journey, enrollment_ids=list(Enrollment.objects.values_list("pk", flat=True)))


def _publish(journey):
    definition = make_definition(Wait("w1", amount=9))
    journey = services.save_draft(journey=journey, definition=definition, expected=journey.draft_version)
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    services.publish(journey=journey, decisions={"w1": "leave"})


def _end_by_action(journey):
    end_for_contacts(journey=journey, contact_ids=list(Contact.objects.values_list("pk", flat=True)))


@pytest.mark.parametrize(
    "work",
    [_exit, _publish, _end_by_action, lambda journey: services.archive(journey=journey, let_finish=False)],
    ids=["exit", "publish", "action", "archive"],
)
def test_a_merge_while_people_are_taken_out(work):
    """The member's transaction waits for the second of two people when the first one is merged."""
    workspace = make_workspace()
    kept, absorbed, other = (make_contact(workspace, name) for name in ("Ayu", "Ayu Lestari", "Budi"))
    journey = make_journey(workspace, Wait("w1"))
    enroll(journey=journey, entrants=[Entrant(absorbed.pk), Entrant(other.pk)])
    with transaction.atomic():
        Enrollment.objects.select_for_update().get(contact=other)
        taking_out = started(lambda: work(journey))
        until_waiting(1)
        merging = started(lambda: _merge(kept, absorbed))
        until_waiting(2)
    for thread in (taking_out, merging):
        finish(thread)
    assert set(Enrollment.objects.values_list("state", "contact")) == {("exited", kept.pk), ("exited", other.pk)}
    assert is_balanced(journey)


def test_a_merge_while_the_consumer_hears_of_people():
    """The consumer has looked at the first of two people inside, and goes on to let both into another journey."""
    workspace = make_workspace()
    kept, absorbed, other = (make_contact(workspace, name) for name in ("Ayu", "Ayu Lestari", "Budi"))
    clicked = Happening("event", "link_clicked")
    journey = make_journey(workspace, Wait("w1"), parts={"goal": clicked})
    next_one = make_journey(workspace, Wait("w1"), parts={"trigger": Trigger("event", {"event": "link_clicked"})})
    enroll(journey=journey, entrants=[Entrant(absorbed.pk), Entrant(other.pk)])
    follower = Follower()
    record_events(workspace=workspace, events=[NewEvent(one.pk, "link_clicked") for one in (absorbed, other)])
    with transaction.atomic():
        Enrollment.objects.select_for_update().get(journey=journey, contact=other)
        hearing = started(transaction.atomic(follower.hear))
        until_waiting(1)
        merging = started(lambda: _merge(kept, absorbed))
        until_waiting(2)
    for thread in (hearing, merging):
        finish(thread)
    for one in (journey, next_one):
        assert set(one.enrollments.values_list("contact", flat=True)) == {kept.pk, other.pk}
        assert is_balanced(one)


@pytest.mark.parametrize("change", [_merge, _erase])
def test_a_merge_or_an_erasure_while_people_enter(change):
    """The people of a segment enter while the transaction of a member holds one of them."""
    workspace = make_workspace()
    kept, absorbed, other = (make_contact(workspace, name) for name in ("Ayu", "Ayu Lestari", "Budi"))
    journey = make_journey(workspace, Wait("w1"))
    with transaction.atomic():
        change(kept, absorbed)
        entering = started(lambda: enroll(journey=journey, entrants=[Entrant(one.pk) for one in (other, absorbed)]))
        until_waiting(1)
    finish(entering)
    assert set(Enrollment.objects.values_list("contact", flat=True)) == {other.pk}
    assert is_balanced(journey)
