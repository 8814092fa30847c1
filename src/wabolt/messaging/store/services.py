"""The only statements that add messages and that create or update conversations."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.lib.text import storable
from wabolt.messaging.store.drafts import MAX_KEY, Answer, Arrived, Draft, KeyedRow
from wabolt.messaging.store.models import Conversation, Message

_INSERT = statement(__file__, "insert_messages")
_ARRIVED = statement(__file__, "arrived")
_CONVERSATIONS = statement(__file__, "update_conversations")
_ANSWERS = statement(__file__, "answers")
_KEYED = statement(__file__, "keyed")
_KEY = "%(origin_kind)s || ':' || %(key)s || ':' || q.contact_id"
"""As `drafts.key_of`."""


def insert_queued(*, channel: Channel, draft: Draft, select_sql: str, params: Mapping[str, Any]) -> int:
    """Inserts one queued message per row of `select_sql`, which yields (contact_id, variables); returns how many.

    A row whose idempotency key exists already is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_queued(draft, select_sql), _queued_values(channel, draft) | dict(params))
        return int(cursor.rowcount)


def insert_queued_ids(*, channel: Channel, draft: Draft, select_sql: str, params: Mapping[str, Any]) -> list[int]:
    """As `insert_queued`; returns the ids of the new messages."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_queued(draft, select_sql)} RETURNING id", _queued_values(channel, draft) | dict(params))
        return [row[0] for row in cursor.fetchall()]


def insert_answers(*, channel: Channel, origin_kind: str, answers: Sequence[Answer]) -> dict[int, int]:
    """Inserts queued answers, in this order. Returns {contact id: message id} of the new ones.

    An answer whose idempotency key exists already, and one to an erased contact, is left out.
    """
    values = _values(channel) | {
        "direction": "outbound",
        "state": "queued",
        "purpose": Message.Purpose.SERVICE,
        "priority": int(Message.Priority.REPLY),
        "origin_kind": origin_kind,
        "contacts": [answer.contact_id for answer in answers],
        "keys": [answer.key[:MAX_KEY] for answer in answers],
        "texts": [answer.text for answer in answers],
        "quoted": [answer.quoted_id for answer in answers],
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT.format(source=_ANSWERS)} RETURNING contact_id, id", values)
        return dict(cursor.fetchall())


def insert_keyed(*, channel: Channel, draft: Draft, rows: Sequence[KeyedRow]) -> int:
    """Inserts a queued message per row, in this order; returns how many are new.

    A message whose idempotency key exists already, and one to an erased contact, is left out.
    """
    # One JSON text is read much faster than arrays of texts and times.
    given = [
        {
            "contact_id": row.contact_id,
            "key": row.key[:MAX_KEY],
            "variables": dict(row.variables),
            "expires_at": row.expires_at and row.expires_at.isoformat(),
        }
        for row in rows
    ]
    values = _queued_values(channel, draft) | {"rows": json.dumps(given)}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(source=_KEYED), values)
        return int(cursor.rowcount)


def insert_arrived(*, channel: Channel, messages: Sequence[Arrived], from_phone: bool = False) -> list[int]:
    """Inserts messages that a provider reported, in this order, and returns the ids of the new ones.

    `from_phone`: the shop wrote them on its own phone, so they are outbound and sent. A message whose provider id is
    known already is left out.
    """
    values = _values(channel) | {
        "direction": "outbound" if from_phone else "inbound",
        "state": "sent" if from_phone else "received",
        "purpose": Message.Purpose.SERVICE,
        "priority": int(Message.Priority.REPLY),
        "origin_kind": "phone" if from_phone else "contact",
        "contacts": [message.contact_id for message in messages],
        "texts": [storable(message.text) for message in messages],
        "ids": [message.provider_id for message in messages],
        "quoted": [message.quoted_provider_id for message in messages],
        "times": [message.at for message in messages],
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT.format(source=_ARRIVED)} RETURNING id", values)
        return [row[0] for row in cursor.fetchall()]


def update_conversations(*, message_ids: Collection[int]) -> None:
    """Creates or updates the conversations of these messages: last text, times, and the counts of unread and unanswered
    messages."""
    if message_ids:
        with connection.cursor() as cursor:
            cursor.execute(_CONVERSATIONS, {"messages": list(message_ids)})


def open_dialog(
    *, channel: Channel, contact_id: int, responder: str, data: Mapping[str, Any], until: datetime | None = None
) -> None:
    """Makes the responder with this name wait for an answer in a conversation, with the `data` it has to remember.

    It replaces the open dialog, if there is one. `until`: the dialog ends at this moment.
    """
    conversation = Conversation.objects.filter(channel=channel, contact=contact_id)
    conversation.update(dialog_kind=responder, dialog_data=dict(data), dialog_until=until)


def close_dialog(*, channel: Channel, contact_id: int) -> None:
    """Closes the dialog of a conversation, if one is open."""
    close_dialogs(channel=channel, contact_ids=[contact_id])


def close_dialogs(*, channel: Channel, contact_ids: Collection[int]) -> None:
    """Closes the open dialogs of these contacts."""
    conversations = Conversation.objects.filter(channel=channel, contact__in=contact_ids).exclude(dialog_kind="")
    conversations.update(dialog_kind="", dialog_data={}, dialog_until=None)


def _queued(draft: Draft, select_sql: str) -> str:
    source = (
        "SELECT q.contact_id, q.variables, %(text)s, %(quoted_message)s::bigint, NULL::text, %(now)s::timestamptz,"
        f" {_KEY if draft.key else 'NULL::text'}, NULL::timestamptz FROM ({select_sql}) AS q (contact_id, variables)"
    )
    return _INSERT.format(source=source)


def _queued_values(channel: Channel, draft: Draft) -> dict[str, Any]:
    content = draft.content
    if content is not None and content.workspace_id != channel.workspace_id:
        raise ValueError("channel and content belong to another workspace")
    return _values(channel) | {
        "direction": "outbound",
        "state": "queued",
        "purpose": draft.purpose,
        "priority": int(draft.priority),
        "origin_kind": draft.origin_kind,
        "origin_id": draft.origin_id,
        "key": draft.key[:MAX_KEY],
        "content": content and content.pk,
        "choices": Jsonb([asdict(choice) for choice in draft.choices]),
        "choices_label": draft.choices_label,
        "to_strangers": draft.to_strangers,
        "to_phone": draft.to_phone,
        "text": draft.text,
        "media": draft.media and draft.media.pk,
        "quoted_message": draft.quoted and draft.quoted.pk,
        "author": draft.author and draft.author.pk,
        "not_before": draft.not_before,
        "now": clock.now(),
    }


def _values(channel: Channel) -> dict[str, Any]:
    """The values that most messages share."""
    return {
        "workspace": channel.workspace_id,
        "channel": channel.pk,
        "origin_id": None,
        "content": None,
        "choices": Jsonb([]),
        "choices_label": "",
        "to_strangers": False,
        "to_phone": "",
        "media": None,
        "author": None,
        "not_before": None,
    }
