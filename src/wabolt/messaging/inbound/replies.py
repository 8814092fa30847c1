"""Replies: which inbound messages answer a message of ours, recorded as events."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from wabolt.channels.models import Channel
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib.sql import statement
from wabolt.messaging.outbox.replied import counted_windows, in_window_sql

_REPLIES = statement(__file__, "replies").format(in_window=in_window_sql("m", "r", "counted.reply_window"))


def record_replies(*, channel: Channel, message_ids: Sequence[int]) -> None:
    """Records `<origin kind>_replied` for each of these inbound messages that is a contact's first reply to a message
    of ours, in the caller's transaction. A message that quotes one of ours replies to that one."""
    windows = counted_windows()
    if not message_ids or not windows:
        return
    values: dict[str, Any] = {"messages": list(message_ids), "kinds": list(windows), "windows": list(windows.values())}
    with connection.cursor() as cursor:
        cursor.execute(_REPLIES, values)
        replies = cursor.fetchall()
    events = (
        NewEvent(contact, f"{kind}_replied", at, {kind: origin, "message": reply, "to": to})
        for contact, reply, at, kind, origin, to in replies
    )
    record_events(workspace=channel.workspace, events=events)
