"""Factories for events and their guests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.random_codes import ALPHABET
from wabolt.optin.events.services import EventDraft, create_event
from wabolt.optin.events.services.seats import Guest, take_seat
from wabolt.optin.models import Entry, Registration, ShopEvent
from wabolt.optin.rules.codes import make_code
from wabolt.optin.services import PointDraft

SATURDAY = datetime(2026, 12, 5, 3, 0, tzinfo=UTC)
"""10.00 WIB, the usual beginning of an event in tests."""


def make_event(channel: Channel, *, title: str = "Kelas Batik", **fields: Any) -> ShopEvent:
    """Creates an event of two hours at SATURDAY, or `starts_at`. Fields of PointDraft go into `point`."""
    point = {"language": "id", **fields.pop("point", {})}
    starts_at = fields.pop("starts_at", SATURDAY)
    values: dict[str, Any] = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "timezone": "Asia/Jakarta",
        "venue": "Jl. Dago 12, Bandung",
        **fields,
    }
    draft = EventDraft(point=PointDraft(kind="event", name=title, channel=channel, **point), **values)
    return create_event(workspace=channel.workspace, draft=draft)


def make_guest(event: ShopEvent, contact: Contact | None = None, name: str = "Ayu Lestari") -> Registration:
    """Registers a person, as their message does."""
    person = contact or make_contact(event.workspace, name)
    point = event.point
    entry, _made = Entry.objects.get_or_create(
        point=point,
        contact=person,
        defaults={
            "workspace": event.workspace, "placement": point.placements.all()[0], "state": "confirmed", "message_id": 1,
            "confirmed_at": clock.now(), "marketing_wording": point.marketing_wording, "answers": {"name": name},
        },
    )  # fmt: skip
    data = "".join(ALPHABET[person.pk // 31**place % 31] for place in range(4))
    guest = Guest(contact=person, entry=entry, name=name, ticket=make_code(f"T2{data}"))
    return take_seat(event_id=event.pk, guest=guest, at=clock.now())
