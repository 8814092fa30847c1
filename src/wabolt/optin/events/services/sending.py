"""Messages to the guests of an event. They are service messages: the guest asked for them by registering."""

from datetime import datetime

from django.utils.translation import override

from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.media.services import Examined, keep_media, safe_name
from wabolt.messaging.models import Message
from wabolt.messaging.queries import channel_for
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Draft, queue_messages
from wabolt.optin.events.calendar import MIME_TYPE, calendar_file
from wabolt.optin.events.words import ticket_url
from wabolt.optin.models import Registration, ShopEvent

ORIGIN = "event"
"""`Message.origin_kind` of messages to guests; `origin_id` is the entry point."""


def tell(
    registration: Registration,
    text: str,
    *,
    key: str,
    calendar: str = "",
    not_before: datetime | None = None,
) -> Message | None:
    """Queues a message to the guest once per `key`. Returns it; None if it was queued before, or without a channel.

    `calendar`: the method of the calendar file that goes with it ("PUBLISH", "CANCEL"). A number that cannot send such
    files sends the text alone.
    """
    channel = channel_for(registration.workspace, registration.contact)
    if channel is None:
        return None
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        origin_id=registration.event.point_id,
        key=f"{registration.event_id}:{key}",
        text=text,
        priority=Message.Priority.SERVICE,
        not_before=not_before,
        media=_file(channel, registration, calendar, text) if calendar else None,
    )
    queued = queue_messages(
        workspace=registration.workspace, channel=channel, contact_ids=[registration.contact_id], draft=draft
    )
    return queued[0] if queued else None


def answer(arrival: Arrival, registration: Registration, text: str, *, key: str, calendar: str = "") -> None:
    """Queues the answer to a guest's message in the chat in which they wrote, quoting it; once per `key`."""
    media = _file(arrival.channel, registration, calendar, text) if calendar else None
    _answer(arrival, registration.event, text, key, media)


def answer_stranger(arrival: Arrival, event: ShopEvent, text: str, *, key: str) -> None:
    """The same for a person without a registration."""
    _answer(arrival, event, text, key, None)


def _answer(arrival: Arrival, event: ShopEvent, text: str, key: str, media: MediaFile | None) -> None:
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        origin_id=event.point_id,
        key=f"{event.pk}:{key}",
        text=text,
        priority=Message.Priority.REPLY,
        quoted=arrival.message,
        media=media,
    )
    queue_messages(workspace=event.workspace, channel=arrival.channel, contact_ids=[arrival.contact.pk], draft=draft)


def _file(channel: Channel, registration: Registration, method: str, text: str) -> MediaFile | None:
    able = registry.capabilities(channel.provider)
    limit = able.media.get(MediaFile.Kind.DOCUMENT)
    if limit is None or MIME_TYPE not in limit.mime_types or len(text) > able.max_caption_length:
        return None
    with override(registration.event.point.language):
        data = calendar_file(registration, method=method, at=clock.now(), ticket_url=ticket_url(registration))
    examined = Examined(MediaFile.Kind.DOCUMENT, MIME_TYPE, "ics")
    name = safe_name(registration.event.point.name, examined)
    return keep_media(workspace=registration.workspace, data=data, examined=examined, name=name)
