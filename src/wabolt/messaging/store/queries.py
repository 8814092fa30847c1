"""Reads of conversations and messages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.messaging.store.drafts import Draft, key_of
from wabolt.messaging.store.models import Conversation, Message

LINE = 160
"""Letters of a message that the timeline shows."""

_LAST_CONTACT = """
SELECT c.id, w.at
  FROM unnest(%(contacts)s::bigint[]) AS c (id),
       LATERAL (SELECT coalesce(m.sent_at, m.created_at) AS at FROM messaging_message m
                 WHERE m.contact_id = c.id AND m.workspace_id = %(workspace)s
                   AND (m.direction = 'inbound' OR m.sent_at IS NOT NULL)
                 ORDER BY m.id DESC LIMIT 1) w
"""


def last_contact(workspace: Workspace, contact_ids: Sequence[int]) -> dict[int, datetime]:
    """{contact id: time of its newest message that was received or sent}; a contact without one has no entry."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_CONTACT, {"contacts": list(contact_ids), "workspace": workspace.pk})
        return dict(cursor.fetchall())


def message_lines(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The beginning of the message of each event ({"message": id}), on one line; "" for a message without a text, and
    for one that no longer exists."""
    ids = [data.get("message") for data in events]
    known = [pk for pk in ids if isinstance(pk, int)]
    texts = dict(Message.objects.filter(workspace_id=workspace_id, pk__in=known).values_list("pk", "text"))
    return [" ".join(texts.get(pk, "")[:LINE].split()) if isinstance(pk, int) else "" for pk in ids]


def state_counts(workspace: Workspace, origin_kind: str, origin_id: int) -> dict[str, int]:
    """{state: number of messages} of an origin, with all states, also those at 0. One scan of the index
    message_of_origin."""
    counts = dict.fromkeys(Message.State.values, 0)
    del counts[Message.State.RECEIVED]
    rows = Message.objects.filter(workspace=workspace, origin_kind=origin_kind, origin_id=origin_id)
    counts.update(rows.order_by().values_list("state").annotate(count=Count("id")))
    return counts


def conversation(workspace: Workspace, contact: Contact) -> QuerySet[Message]:
    """All messages with a contact, newest first."""
    return (
        Message.objects.filter(workspace=workspace, contact=contact)
        .select_related("author", "content__media", "media", "file")
        .defer("content__media__data", "media__data")
        .order_by("-id")
    )


def media_of(message: Message) -> MediaFile | None:
    """The file of a message: its own or its content's."""
    return message.media or (message.content.media if message.content else None)


def channels_for(workspace: Workspace, contact_ids: Iterable[int]) -> dict[int, Channel]:
    """{contact id: the channel that a message to this contact goes over}: the one on which they and the shop last
    wrote, else the workspace's oldest. Empty for a workspace without a channel."""
    people = list(contact_ids)
    known = {channel.pk: channel for channel in channels(workspace).select_related("workspace")}
    if not known:
        return {}
    found = dict.fromkeys(people, next(iter(known.values())))
    if len(known) > 1:
        talks = Conversation.objects.filter(contact__in=people, channel__in=known, last_message_at__isnull=False)
        rows = talks.order_by("last_message_at").values_list("contact", "channel")
        found |= {contact: known[channel] for contact, channel in rows}
    return found


def channel_for(workspace: Workspace, contact: Contact) -> Channel | None:
    """`channels_for` for one contact; None without a channel."""
    return channels_for(workspace, [contact.pk]).get(contact.pk)


@dataclass(frozen=True, slots=True)
class ServiceWindow:
    """Whether free text may be sent to a contact now, and until when (`until` None: it never was)."""

    is_open: bool
    until: datetime | None = None


def service_window(workspace: Workspace, channel: Channel, contact: Contact) -> ServiceWindow | None:
    """The service window of a contact on a channel; None if the vendor has no such limit."""
    length = registry.capabilities(channel.provider).service_window
    if length is None:
        return None
    conversations = Conversation.objects.filter(workspace=workspace, channel=channel, contact=contact)
    last = conversations.aggregate(last=Max("last_inbound_at"))["last"]
    if last is None:
        return ServiceWindow(False)
    return ServiceWindow(last + length > clock.now(), last + length)


def message_by_key(workspace: Workspace, draft: Draft, contact: Contact) -> Message | None:
    """The message that was queued with this draft's explicit key for the contact; None if there is none."""
    return Message.objects.filter(
        workspace=workspace, idempotency_key=key_of(draft, contact.pk), contact=contact
    ).first()
