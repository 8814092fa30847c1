"""Ready-made messages and lanes for tests of every room."""

from typing import Any
from uuid import uuid4

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact, make_contacts
from wabolt.messaging import services
from wabolt.messaging.store.models import Message


def make_people(workspace: Workspace, count: int, *, consent: bool = True, **fields: Any) -> list[Contact]:
    """So many contacts with numbers of their own; with marketing consent unless told otherwise."""
    names = [f"Ayu {n}" for n in range(count)]
    people = [make_contact(workspace, name, **fields) for name in names] if fields else make_contacts(workspace, names)
    if consent:
        give_consent(workspace, [contact.pk for contact in people])
    return people


def queue_promotion(
    channel: Channel, people: list[Contact], text: str = "Halo {{ contact.name }}", origin_id: int = 1, **fields: Any
) -> list[Message]:
    """A promotion to these people, as a broadcast would queue it."""
    content = fields.pop("content", None) or services.create_content(workspace=channel.workspace, text=text)
    values = {"purpose": "marketing", "origin_kind": "broadcast", "origin_id": origin_id, "content": content, **fields}
    return queue(channel, people, **values)


def queue_service(
    channel: Channel, people: list[Contact], text: str = "Pesanan Kakak siap", **fields: Any
) -> list[Message]:
    """A service message to these people."""
    return queue(channel, people, **{"purpose": "service", "origin_kind": "test", "text": text, **fields})


def queue(channel: Channel, people: list[Contact], **fields: Any) -> list[Message]:
    """Messages of any kind (`Draft`), under a key of their own unless they have an origin id."""
    if "origin_id" not in fields and "key" not in fields:
        fields["key"] = uuid4().hex
    contact_ids = [contact.pk for contact in people]
    draft = services.Draft(**fields)
    return services.queue_messages(workspace=channel.workspace, channel=channel, contact_ids=contact_ids, draft=draft)
