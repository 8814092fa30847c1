"""A poll of an unchanged inbox gets 304 before anything is rendered."""

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Conversation

pytestmark = pytest.mark.django_db
POLL = {"HX-Request": "true", "HX-Target": "conversations"}


@pytest.fixture
def inbox(client: Client) -> Conversation:
    workspace = make_workspace()
    client.force_login(make_member(workspace))
    now = clock.now()
    contact = make_contact(workspace)
    return Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=contact, last_message_at=now, last_inbound_at=now,
        last_text="Kak?", unread=1,
    )  # fmt: skip


def test_an_unchanged_list_is_not_rendered(client: Client, inbox: Conversation) -> None:
    first = client.get(reverse("inbox:list"), headers=POLL)
    assert first.status_code == 200
    again = client.get(reverse("inbox:list"), headers={**POLL, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.templates) == (304, b"", [])


def test_every_shown_value_changes_the_validator_of_the_list(client: Client, inbox: Conversation) -> None:
    known = client.get(reverse("inbox:list"), headers=POLL).headers["ETag"]
    for change in ({"unread": 7}, {"last_text": "Masih ada, Kak?"}):
        Conversation.objects.filter(pk=inbox.pk).update(**change)
        response = client.get(reverse("inbox:list"), headers={**POLL, "If-None-Match": known})
        assert response.status_code == 200
        known = response.headers["ETag"]
    inbox.contact.name = "Ibu Sri"
    inbox.contact.save()
    assert client.get(reverse("inbox:list"), headers={**POLL, "If-None-Match": known}).status_code == 200


def test_a_whole_page_is_not_mistaken_for_its_fragment(client: Client, inbox: Conversation) -> None:
    known = client.get(reverse("inbox:list"), headers=POLL).headers["ETag"]
    assert client.get(reverse("inbox:list"), headers={"If-None-Match": known}).status_code == 200
