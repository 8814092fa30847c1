"""A broadcast to contacts that were ticked in the list."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts.services import segment_of_people
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.segments.models import Segment
from wabolt.segments.queries import from_json, sample_contacts

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def members(segment: Segment) -> set[str]:
    return {contact.name for contact in sample_contacts(segment.workspace, from_json(segment.tree), 10)}


def test_ticked_people_are_the_audience_of_the_composer(workspace: Workspace) -> None:
    make_channel(workspace)
    people = [make_contact(workspace, name) for name in ("Ayu", "Budi", "Citra")]
    stranger = make_contact(make_workspace("Toko lain"), "Dewi")
    ticked = {"action": "broadcast", "ids": [people[0].pk, people[2].pk, stranger.pk]}
    answer = signed_in(workspace, "manager").post(reverse("contacts:bulk"), ticked, follow=True)
    segment = Segment.objects.get()
    assert members(segment) == {"Ayu", "Citra"}
    assert f'<option value="{segment.pk}" selected>' in answer.content.decode()


def test_all_that_match_can_be_the_audience(workspace: Workspace) -> None:
    make_channel(workspace)
    for name in ("Ayu", "Budi"):
        make_contact(workspace, name, city="Bandung")
    make_contact(workspace, "Citra", city="Solo")
    everybody = {"action": "broadcast", "scope": "all", "filters": "city=Bandung"}
    signed_in(workspace, "manager").post(reverse("contacts:bulk"), everybody)
    assert members(Segment.objects.get()) == {"Ayu", "Budi"}


def test_agent_has_no_broadcast_button(workspace: Workspace) -> None:
    ayu = make_contact(workspace, "Ayu")
    agent = signed_in(workspace, "agent")
    assert 'value="broadcast"' not in agent.get(reverse("contacts:list")).content.decode()
    agent.post(reverse("contacts:bulk"), {"action": "broadcast", "ids": [ayu.pk]})
    assert not Segment.objects.exists()


def test_two_selections_in_one_minute_make_two_segments(workspace: Workspace) -> None:
    people = [make_contact(workspace, name) for name in ("Ayu", "Budi")]
    with clock.hold(datetime(2026, 11, 29, 7, 30, tzinfo=UTC)):
        first, second = (segment_of_people(workspace=workspace, contact_ids=[person.pk]) for person in people)
    assert (first.name, second.name) == ("Pilihan 29-11-2026 14.30", "Pilihan 29-11-2026 14.30 (2)")
    assert (members(first), members(second)) == ({"Ayu"}, {"Budi"})


def test_empty_selection_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DomainError):
        segment_of_people(workspace=workspace, contact_ids=[])
