"""Messages written on the shop's own phone, and reactions, edits and deletions."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from django.db import connection

from wabolt.channels.models import Channel
from wabolt.channels.registry import IncomingMessage, MessageUpdated, OwnMessage
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib.text import storable
from wabolt.messaging.inbound.services.files import expect_files
from wabolt.messaging.store.drafts import Arrived
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.services import insert_arrived, update_conversations

_MARK_ANSWERED = """
UPDATE messaging_conversation c SET unread = 0, unanswered = 0
  FROM messaging_message m
 WHERE m.id = ANY(%s) AND c.channel_id = m.channel_id AND c.contact_id = m.contact_id
   AND c.last_message_at <= m.sent_at
"""


class Owners(Protocol):
    """Finds the contacts of addresses."""

    def find(self, identities: Sequence[tuple[str, str]], name: str = "") -> Contact:
        """The contact with these identities; it is created if there is none."""


def store_own(channel: Channel, own_messages: Sequence[OwnMessage], owners: Owners) -> int:
    """Stores messages that the shop wrote on its own phone, as sent messages of origin "phone"; returns how many were
    new. A reply on the phone marks the conversation as read and answered."""
    if not own_messages:
        return 0
    arrived = [
        Arrived(owners.find(event.identities).pk, event.provider_id, event.text, event.at, event.quoted_provider_id)
        for event in own_messages
    ]
    # A message that we sent comes back from another device too: its provider id is known already.
    new = insert_arrived(channel=channel, messages=arrived, from_phone=True)
    if new:
        update_conversations(message_ids=new)
        with connection.cursor() as cursor:
            cursor.execute(_MARK_ANSWERED, [new])
        expect_files(channel, new, {event.provider_id: event.media for event in own_messages})
        stored = Message.objects.filter(pk__in=new).order_by("pk").values_list("pk", "contact_id", "sent_at")
        events = (NewEvent(contact, "message_sent", at, {"message": pk}) for pk, contact, at in stored if at)
        record_events(workspace=channel.workspace, events=events)
    return len(new)


def store_updates(channel: Channel, updates: Sequence[MessageUpdated]) -> tuple[list[Message], list[IncomingMessage]]:
    """Records reactions, edits and deletions of contacts on their timelines. An edited message gets its new text, also
    one that the shop edited on its phone.

    Returns the messages that contacts edited. Also returns, as messages of their own, the reactions, edits and
    deletions of messages that are unknown or not theirs: an id can be forged, and everything that a person sends is
    shown.
    """
    if not updates:
        return [], []
    targets = Message.objects.filter(channel=channel, provider_id__in=[event.target for event in updates])
    known = {message.provider_id: message for message in targets.select_related("contact")}
    addresses: dict[int, set[tuple[str, str]]] = defaultdict(set)
    owners = [message.contact_id for message in known.values()]
    for contact_id, *pair in Identity.objects.filter(contact__in=owners).values_list("contact", "kind", "value"):
        addresses[contact_id].add((pair[0], pair[1]))
    events, edited, orphans = [], [], []
    for event in updates:
        message = known.get(event.target)
        is_theirs = message is not None and bool(addresses[message.contact_id].intersection(event.identities))
        is_ours = message is not None and message.direction == Message.Direction.OUTBOUND
        if message is None or not is_theirs or (event.kind != "reaction" and is_ours != event.by_us):
            if not event.by_us:
                orphans.append(_as_message(event))
            continue
        text = storable(event.text)
        if event.kind == "edit" and text:
            message.text = text
            message.save(update_fields=["text"])
            if not event.by_us:
                edited.append(message)
        if not event.by_us:
            data = {"message": message.pk, **({"sign": text[:8]} if event.kind == "reaction" else {})}
            events.append(NewEvent(message.contact_id, f"message_{_PAST[event.kind]}", event.at, data))
    record_events(workspace=channel.workspace, events=events)
    return edited, orphans


def _as_message(event: MessageUpdated) -> IncomingMessage:
    """A reaction, edit or deletion of an unknown message, as a message: the new text of an edit, else a sign."""
    is_edit = event.kind == "edit" and bool(event.text)
    text = event.text if is_edit else f"{_SIGNS[event.kind]} {event.text}".strip()
    return IncomingMessage(event.provider_id, event.identities, "", text, event.at)


_SIGNS = {"reaction": "💬", "edit": "✏️", "revoke": "🗑️"}
_PAST = {"reaction": "reacted", "edit": "edited", "revoke": "deleted"}
