"""A person, an answer and a template of a number over the Cloud API, for tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging import services
from wabolt.messaging.models import Conversation, Message, Template

BODY = [
    {"type": "BODY", "text": "Halo {{1}}, diskon {{2}}", "example": {"body_text": [["Ayu", "10%"]]}},
    {"type": "FOOTER", "text": "Balas STOP untuk berhenti"},
]


def person(channel: Channel, *, wrote: timedelta | None = timedelta(hours=1), phone: str = "+6281200000001") -> Contact:
    """Returns a contact whose last message has this age."""
    contact = make_contact(channel.workspace, "Ayu", phone)
    if wrote is not None:
        at = clock.now() - wrote
        Conversation.objects.create(
            workspace=channel.workspace, channel=channel, contact=contact, last_inbound_at=at, last_message_at=at
        )
    return contact


def answer(channel: Channel, contact: Contact, text: str = "Baik Kak", **more: Any) -> Message:
    [message] = services.queue_messages(
        workspace=channel.workspace,
        channel=channel,
        contact_ids=[contact.pk],
        draft=services.Draft(purpose="service", origin_kind="member", text=text, priority=0, key=uuid4().hex, **more),
    )
    return message


def work(channel: Channel, message: Message) -> Message:
    services.work_lane_once(channel)
    message.refresh_from_db()
    return message


def template(channel: Channel, **fields: Any) -> Template:
    values = {"vendor_id": "1", "name": "promo", "language": "id", "category": "marketing", "status": "approved"}
    return Template.objects.create(
        workspace=channel.workspace, channel=channel, **{**values, "components": BODY, **fields}
    )
