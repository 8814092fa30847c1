"""The definition of a reply. Reports, segments and the event log read `Message.in_reply_to`, which is set only here.

An inbound message that quotes one of our messages to the same contact replies to that message, at any later time. Any
other inbound message replies to the newest message to the contact whose reply window (`Origin.reply_window`) is open.
A message that a responder took, such as STOP or a joining code, is not a reply.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from wabolt.channels.models import Channel
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib.sql import statement
from wabolt.messaging.registry import ORIGINS

_REPLIES = statement(__file__, "replies")


def record_replies(*, channel: Channel, message_ids: Sequence[int]) -> None:
    """Sets `in_reply_to` of these inbound messages, in the caller's transaction.

    Records the event `<origin kind>_replied` for the first reply to each message whose origin has a reply window.
    """
    windows = {kind: origin.reply_window for kind, origin in ORIGINS.items() if origin.reply_window is not None}
    if not message_ids:
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
