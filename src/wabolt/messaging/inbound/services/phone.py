"""What happens in a chat besides messages to us: the shop's own phone writes, a customer reacts, changes, deletes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from django.db import connection

from wabolt.channels.models import Channel
from wabolt.channels.providers.base import IncomingMessage, MessageTouched, OwnMessage
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib.text import storable
from wabolt.messaging.inbound.services.files import expect_files
from wabolt.messaging.store.models import Message

# A message of ours comes back from another device too: whoever has its id already, has it.
_OWN = """
    INSERT INTO messaging_message (workspace_id, channel_id, contact_id, direction, state, purpose, priority,
        origin_kind, variables, text, quoted_id, reason, detail, provider_id, created_at, attempted_at, sent_at)
    SELECT %(workspace)s, %(channel)s, e.contact, 'outbound', 'sent', 'service', 0,
        'phone', '{}', e.text, q.id, '', '', e.provider_id, e.at, e.at, e.at
      FROM unnest(%(contacts)s::bigint[], %(texts)s::text[], %(ids)s::text[], %(quoted)s::text[],
                  %(times)s::timestamptz[]) WITH ORDINALITY AS e (contact, text, provider_id, quoted, at, n)
      LEFT JOIN messaging_message q ON q.channel_id = %(channel)s AND q.provider_id = e.quoted
     ORDER BY e.n
    ON CONFLICT (channel_id, provider_id) WHERE provider_id IS NOT NULL DO NOTHING
    RETURNING id, contact_id, sent_at
"""
_CONVERSATIONS = """
    INSERT INTO messaging_conversation AS c (workspace_id, channel_id, contact_id, last_message_at, last_text, unread)
    SELECT DISTINCT ON (contact_id) workspace_id, channel_id, contact_id, sent_at, left(text, 200), 0
      FROM messaging_message WHERE id = ANY(%s) ORDER BY contact_id, sent_at DESC, id DESC
    ON CONFLICT (channel_id, contact_id) DO UPDATE
       SET last_message_at = excluded.last_message_at, last_text = excluded.last_text, unread = 0
     WHERE c.last_message_at IS NULL OR c.last_message_at <= excluded.last_message_at
"""


class Owners(Protocol):
    """Who is behind the addresses of a batch."""

    def find(self, identities: Sequence[tuple[str, str]], name: str = "") -> Contact:
        """The contact, made when nobody has these identities."""


def store_own(channel: Channel, own: Sequence[OwnMessage], owners: Owners) -> int:
    """Stores what the shop wrote on the phone itself as sent messages of origin "phone"; how many were new. Whoever
    answered on the phone has read the chat."""
    if not own:
        return 0
    contacts = [owners.find(told.identities).pk for told in own]
    with connection.cursor() as cursor:
        cursor.execute(
            _OWN,
            {
                "workspace": channel.workspace_id,
                "channel": channel.pk,
                "contacts": contacts,
                "texts": [storable(told.text) for told in own],
                "ids": [told.provider_id for told in own],
                "quoted": [told.quoted_provider_id for told in own],
                "times": [told.at for told in own],
            },
        )
        new = cursor.fetchall()
        if new:
            cursor.execute(_CONVERSATIONS, [[row[0] for row in new]])
    if new:
        expect_files(channel, [row[0] for row in new], {told.provider_id: told.media for told in own})
        events = (NewEvent(contact, "message_sent", at, {"message": pk}) for pk, contact, at in new)
        record_events(workspace=channel.workspace, events=events)
    return len(new)


def store_touched(channel: Channel, touched: Sequence[MessageTouched]) -> tuple[list[Message], list[IncomingMessage]]:
    """Records contacts' reactions, edits and deletions on their timelines; an edited message shows its new text, also
    one that the shop edited on the phone.

    Returns the messages that contacts have edited, and, as messages of their own, what contacts did to messages that
    we do not have or that are not theirs: anybody can name any id, and whatever a person sends has a line.
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
    """What was done to a message that is not here: an edit is the new text, everything else its sign."""
    is_edit = told.kind == "edit" and bool(told.text)
    text = told.text if is_edit else f"{_SIGNS[told.kind]} {told.text}".strip()
    return IncomingMessage(told.provider_id, told.identities, "", text, told.at)


_SIGNS = {"reaction": "💬", "edit": "✏️", "revoke": "🗑️"}
_PAST = {"reaction": "reacted", "edit": "edited", "revoke": "deleted"}
