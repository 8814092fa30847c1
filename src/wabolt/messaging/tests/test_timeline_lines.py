"""Lines of the timeline show the text of the message that they are about."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.providers.simulator import phones
from wabolt.channels.registry import get_provider
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Event
from wabolt.contacts.queries import describe_events
from wabolt.contacts.services import add_note, record_event
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.models import Message, MessageContent, TrackedLink
from wabolt.messaging.tests.factories import make_people

pytestmark = pytest.mark.django_db


def test_a_click_shows_the_address_of_its_link() -> None:
    channel, other = make_channel(), make_channel(make_workspace("Toko lain"))
    workspace = channel.workspace
    [person] = make_people(workspace, 1)
    content = MessageContent.objects.create(workspace=workspace, text="Halo")
    link = TrackedLink.objects.create(content=content, position=0, url="https://toko.example/batik")
    for shop, data in (
        (workspace, {"link": link.pk}),
        (workspace, {"link": "x"}),
        (other.workspace, {"link": link.pk}),
    ):
        record_event(workspace=shop, contact_ids=[person.pk], kind="link_clicked", data=data)
    clicks = list(Event.objects.filter(workspace=workspace, kind="link_clicked").order_by("id"))
    assert [entry.line for entry in describe_events(clicks)] == ["https://toko.example/batik", ""]
    strange = list(Event.objects.filter(workspace=other.workspace, kind="link_clicked"))
    assert [entry.line for entry in describe_events(strange)] == [""]


def test_each_message_event_shows_its_text_with_one_query() -> None:
    channel = make_channel()
    for number in range(3):
        phones.write(channel=channel, phone="+6281200000077", text=f"Halo\nkak {number}")
    get_provider(channel).collect(10)
    process_raw_events(channel)
    workspace, message = channel.workspace, Message.objects.order_by("id").first()
    assert message is not None
    add_note(workspace=workspace, contact_id=message.contact_id, text="Suka batik", author=None)
    contact = message.contact_id
    for data in ({"message": message.pk}, {"message": "x"}, {}, {"message": 10**9}):
        record_event(workspace=workspace, contact_ids=[contact], kind="message_read", data=data)
    other = make_channel(make_workspace("Toko lain"))
    record_event(workspace=other.workspace, contact_ids=[contact], kind="message_sent", data={"message": message.pk})
    events = list(Event.objects.filter(workspace=workspace).order_by("id"))
    with CaptureQueriesContext(connection) as queries:
        lines = [entry.line for entry in describe_events(events) if entry.event.kind != "contact_created"]
    assert lines == ["Halo kak 0", "Halo kak 1", "Halo kak 2", "Suka batik", "Halo kak 0", "", "", ""]
    assert len(queries) == 2
    strange = describe_events(list(Event.objects.filter(workspace=other.workspace, kind="message_sent")))
    assert [entry.line for entry in strange] == [""]
