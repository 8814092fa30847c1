"""Messages written on the shop's own phone, and reactions, edits and deletions."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from django.db import connection

from wabolt.channels.models import Channel
from wabolt.channels.registry import IncomingMessage, MessageTouched, OwnMessage
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib.text import storable
from wabolt.messaging.inbound.services.files import expect_files
from wabolt.messaging.store.drafts import Arrived
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.services import insert_arrived, update_conversations

_ANSWERED = """
UPDATE messaging_conversation c SET unread = 0
  FROM messaging_message m
 WHERE m.id = ANY(%s) AND c.channel_id = m.channel_id AND c.contact_id = m.contact_id
   AND c.last_message_at <= m.sent_at
"""


class Owners(Protocol):
    """Finds the contacts of addresses."""

    def find(self, identities: Sequence[tuple[str, str]], name: str = "") -> Contact:
        """The contact with these identities; it is created if there is none."""


def store_own(channel: Channel, own: Sequence[OwnMessage], owners: Owners) -> int:
    """Stores messages that the shop wrote on its own phone, as sent messages of origin "phone"; returns how many were
    new. A reply on the phone marks the conversation as read."""
    if not own:
        return 0
    arrived = [
        Arrived(owners.find(told.identities).pk, told.provider_id, told.text, told.at, told.quoted_provider_id)
        for told in own
    ]
    # A message that we sent comes back from another device too: its provider id is known already.
    new = insert_arrived(channel=channel, messages=arrived, from_phone=True)
    if new:
        update_conversations(message_ids=new)
        with connection.cursor() as cursor:
            cursor.execute(_ANSWERED, [new])
        expect_files(channel, new, {told.provider_id: told.media for told in own})
        stored = Message.objects.filter(pk__in=new).order_by("pk").values_list("pk", "contact_id", "sent_at")
        events = (NewEvent(contact, "message_sent", at, {"message": pk}) for pk, contact, at in stored if at)
        record_events(workspace=channel.workspace, events=events)
    return len(new)


def store_touched(channel: Channel, touched: Sequence[MessageTouched]) -> tuple[list[Message], list[IncomingMessage]]:
    """Records reactions, edits and deletions of contacts on their timelines. An edited message gets its new text, also
    one that the shop edited on its phone.

    Returns the messages that contacts edited. Also returns, as messages of their own, the reactions, edits and
    deletions of messages that are unknown or not theirs: an id can be forged, and everything that a person sends is
    shown.
    """
    if not touched:
        return [], []
    targets = Message.objects.filter(channel=channel, provider_id__in=[told.target for told in touched])
    known = {message.provider_id: message for message in targets.select_related("contact")}
    addresses: dict[int, set[tuple[str, str]]] = defaultdict(set)
    owners = [message.contact_id for message in known.values()]
    for contact_id, *pair in Identity.objects.filter(contact__in=owners).values_list("contact", "kind", "value"):
        addresses[contact_id].add((pair[0], pair[1]))
    events, edited, orphans = [], [], []
    for told in touched:
        message = known.get(told.target)
        is_theirs = message is not None and bool(addresses[message.contact_id].intersection(told.identities))
        is_ours = message is not None and message.direction == Message.Direction.OUTBOUND
        if message is None or not is_theirs or (told.kind != "reaction" and is_ours != told.by_us):
            if not told.by_us:
                orphans.append(_orphan(told))
            continue
        text = storable(told.text)
        if told.kind == "edit" and text:
            message.text = text
            message.save(update_fields=["text"])
            if not told.by_us:
                edited.append(message)
        if not told.by_us:
            data = {"message": message.pk, **({"sign": text[:8]} if told.kind == "reaction" else {})}
            events.append(NewEvent(message.contact_id, f"message_{_PAST[told.kind]}", told.at, data))
    record_events(workspace=channel.workspace, events=events)
    return edited, orphans


def _orphan(told: MessageTouched) -> IncomingMessage:
    """A reaction, edit or deletion of an unknown message, as a message: the new text of an edit, else a sign."""
    is_edit = told.kind == "edit" and bool(told.text)
    text = told.text if is_edit else f"{_SIGNS[told.kind]} {told.text}".strip()
    return IncomingMessage(told.provider_id, told.identities, "", text, told.at)


_SIGNS = {"reaction": "💬", "edit": "✏️", "revoke": "🗑️"}
_PAST = {"reaction": "reacted", "edit": "edited", "revoke": "deleted"}
