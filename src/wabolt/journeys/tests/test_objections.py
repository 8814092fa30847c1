"""People who object to profiling do not enter journeys because of their behaviour, and do not stay in them."""

import pytest

from wabolt.consent.services import object_to_profiling, restrict
from wabolt.consent.tests.factories import give_consent
from wabolt.journeys.models import Enrollment
from wabolt.journeys.registry import trigger_kinds
from wabolt.journeys.rules.definition import Entry, Trigger, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.journeys.tests.following import Follower

pytestmark = pytest.mark.django_db
PROFILES = {"cart_abandoned", "restock", "segment_entered", "segment_left", "silence"}
"""The triggers that WABolt computes from behaviour. The others answer an act of the person or of a member."""


def started_by(workspace, kind, only=""):
    return make_journey(workspace, Wait("w1", amount=30), parts={"trigger": Trigger(kind), "entry": Entry(only=only)})


def test_triggers_say_whether_they_profile():
    assert {kind.key for kind in trigger_kinds() if kind.profiles} == PROFILES


@pytest.mark.parametrize("ask", [object_to_profiling, restrict])
def test_only_journeys_that_profile_leave_the_person_out(workspace, contact, ask):
    ask(workspace=workspace, contact_id=contact.pk)
    for kind in trigger_kinds():
        journey = started_by(workspace, kind.key)
        assert enroll(journey=journey, entrants=[Entrant(contact.pk)]) == (0 if kind.profiles else 1), kind.key
    chosen = started_by(workspace, "by_hand", only="city is Bandung")
    contact.city = "Bandung"
    contact.save()
    assert enroll(journey=chosen, entrants=[Entrant(contact.pk)]) == 0, "a condition for entering is profiling too"


def test_a_new_yes_lets_the_person_in_again(workspace, contact):
    journey = started_by(workspace, "silence")
    object_to_profiling(workspace=workspace, contact_id=contact.pk)
    give_consent(workspace, [contact.pk])
    assert enroll(journey=journey, entrants=[Entrant(contact.pk)]) == 1


def test_the_way_of_a_person_inside_ends_at_once(workspace, contact):
    journeys = [started_by(workspace, kind) for kind in ("silence", "order")]
    for journey in journeys:
        enroll(journey=journey, entrants=[Entrant(contact.pk)])
    advance_due()
    follower = Follower()
    object_to_profiling(workspace=workspace, contact_id=contact.pk)
    follower.catch_up()
    advance_due()
    ends = dict(Enrollment.objects.values_list("journey", "reason"))
    assert ends == {journeys[0].pk: "objected", journeys[1].pk: ""}
