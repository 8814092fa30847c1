"""The conversations of two contacts that are merged or parted."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from wabolt.lib.sql import statement

# A channel has one conversation per contact. The absorbed contact keeps its own; its values are added to the other.
_JOIN = statement(__file__, "join_conversations")
# Values are counted from the messages. What was read since the merge stays read.
_PART = statement(__file__, "part_conversations")


def join_conversations(*, kept_id: int, absorbed_id: int) -> list[list[int]]:
    """Adds counts and times of the absorbed contact's conversations to those of the kept contact.

    Returns [channel id, number of unread messages that moved, number of unanswered ones] for each channel, for
    `part_conversations`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, {"kept": kept_id, "absorbed": absorbed_id})
        return [list(row) for row in cursor.fetchall()]


def part_conversations(*, kept_id: int, absorbed_id: int, given: Sequence[Sequence[int]]) -> None:
    """Undoes `join_conversations`; the messages have moved back already."""
    if not given:
        return
    channels, unread, unanswered = zip(*given, strict=True)
    chats = {"channels": list(channels), "unread": list(unread), "unanswered": list(unanswered)}
    scope: dict[str, Any] = {"kept": kept_id, "absorbed": absorbed_id, **chats}
    with connection.cursor() as cursor:
        cursor.execute(_PART, scope)
