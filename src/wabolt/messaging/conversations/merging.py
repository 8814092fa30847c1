"""The conversations of two contacts that are merged or parted."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# A channel has one conversation per contact. The absorbed contact keeps its own; its values are added to the other.
_JOIN = """
    WITH both_of AS (
        SELECT * FROM messaging_conversation WHERE contact_id IN (%(kept)s, %(absorbed)s)
         ORDER BY contact_id, channel_id FOR UPDATE),
    other AS (
        SELECT o.* FROM both_of o JOIN both_of k USING (channel_id)
         WHERE o.contact_id = %(absorbed)s AND k.contact_id = %(kept)s),
    emptied AS (UPDATE messaging_conversation c SET unread = 0 FROM other o WHERE c.id = o.id)
    UPDATE messaging_conversation k
       SET unread = k.unread + o.unread,
           last_text = CASE WHEN o.last_message_at IS NULL OR k.last_message_at >= o.last_message_at
                            THEN k.last_text ELSE o.last_text END,
           last_message_at = greatest(k.last_message_at, o.last_message_at),
           last_inbound_at = greatest(k.last_inbound_at, o.last_inbound_at)
      FROM other o WHERE k.contact_id = %(kept)s AND k.channel_id = o.channel_id
    RETURNING k.channel_id, o.unread
"""
# Values are counted from the messages. What was read since the merge stays read.
_PART = """
    WITH given AS (SELECT * FROM unnest(%(channels)s::bigint[], %(unread)s::int[]) AS g (channel_id, unread)),
    kept AS (
        SELECT c.id, c.channel_id, least(c.unread, g.unread) AS back
          FROM messaging_conversation c JOIN given g USING (channel_id) WHERE c.contact_id = %(kept)s FOR UPDATE OF c),
    returned AS (
        UPDATE messaging_conversation c SET unread = c.unread + k.back
          FROM kept k WHERE c.contact_id = %(absorbed)s AND c.channel_id = k.channel_id)
    UPDATE messaging_conversation c
       SET unread = c.unread - k.back, last_message_at = l.at, last_text = coalesce(l.text, ''),
           last_inbound_at = (SELECT max(created_at) FROM messaging_message m
                               WHERE m.contact_id = %(kept)s AND m.channel_id = c.channel_id
                                 AND m.direction = 'inbound')
      FROM kept k LEFT JOIN LATERAL (
           SELECT coalesce(m.sent_at, m.created_at) AS at, left(m.text, 200) AS text FROM messaging_message m
            WHERE m.contact_id = %(kept)s AND m.channel_id = k.channel_id
              AND (m.direction = 'inbound' OR m.sent_at IS NOT NULL)
            ORDER BY coalesce(m.sent_at, m.created_at) DESC, m.id DESC LIMIT 1) l ON true
     WHERE c.id = k.id
"""


def join_conversations(*, kept_id: int, absorbed_id: int) -> list[list[int]]:
    """Adds unread counts and times of the absorbed contact's conversations to those of the kept contact.

    Returns [channel id, number of unread messages that moved] for each channel, for `part_conversations`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, {"kept": kept_id, "absorbed": absorbed_id})
        return [list(row) for row in cursor.fetchall()]


def part_conversations(*, kept_id: int, absorbed_id: int, given: Sequence[Sequence[int]]) -> None:
    """Undoes `join_conversations`; the messages have moved back already."""
    if not given:
        return
    channels, unread = zip(*given, strict=True)
    chats = {"channels": list(channels), "unread": list(unread)}
    scope: dict[str, Any] = {"kept": kept_id, "absorbed": absorbed_id, **chats}
    with connection.cursor() as cursor:
        cursor.execute(_PART, scope)
