"""The actions that start and end journeys."""

import pytest

from wabolt.contacts.registry import ActionRun, contact_action
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment
from wabolt.journeys.rules.definition import Act, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db


def run(workspace, key, journey, *people):
    keys = {person.pk: f"k{person.pk}" for person in people}
    return contact_action(key).apply(ActionRun(workspace, keys, {"journey": journey.pk}, ("auto_reply", 1)))


def test_starting_and_ending_a_journey(workspace, contact):
    other = make_contact(workspace, "Budi")
    journey = make_journey(workspace, Wait("w1"))
    assert run(workspace, "journeys.start", journey, contact) == {}
    assert run(workspace, "journeys.start", journey, contact, other) == {contact.pk: "not_let_in"}
    assert run(workspace, "journeys.end", journey, contact) == {}
    assert run(workspace, "journeys.end", journey, contact, other) == {contact.pk: "not_inside"}
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"exited"}


def test_a_journey_starts_another_one(workspace, contact):
    second = make_journey(workspace, Wait("w1"))
    first = make_journey(workspace, Act("a1", "journeys.start", {"journey": second.pk}), Wait("w2"))
    enroll(journey=first, entrants=[Entrant(contact.pk)])
    advance_due()
    assert set(Enrollment.objects.values_list("journey", "step__key")) == {(first.pk, "w2"), (second.pk, "w1")}


def test_journeys_that_start_each_other_stop_by_themselves(workspace, contact, held):
    """Each ends by starting the other one."""
    from wabolt.journeys.rules.codec import dump
    from wabolt.journeys.tests.factories import make_definition, publish_directly

    first = make_journey(workspace, Wait("w1"), max_steps_per_day=10)
    second = make_journey(workspace, Act("a1", "journeys.start", {"journey": first.pk}), max_steps_per_day=10)
    definition = make_definition(Act("a2", "journeys.start", {"journey": second.pk}))
    first.draft = dump(definition)
    publish_directly(first, definition)
    enroll(journey=first, entrants=[Entrant(contact.pk)])
    advance_due()
    assert Enrollment.objects.get(state="parked").reason == "too_many_steps"
    assert Enrollment.objects.count() <= 21


def test_a_draft_cannot_be_started(workspace, contact):
    journey = make_journey(workspace, Wait("w1"))
    type(journey).objects.update(state="archived")
    with pytest.raises(DomainError):
        run(workspace, "journeys.start", journey, contact)
