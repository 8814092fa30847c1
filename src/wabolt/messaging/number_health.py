"""Figures about the health of a number: who replies, who is written to for the first time, and who can be reached."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.registry import Habits, Reach, WarmUp
from wabolt.lib import clock
from wabolt.messaging.outbox.headroom import headroom
from wabolt.messaging.outbox.rules.pace import WARM_UP_DAYS, daily_allowance

# No index holds the time of sending, because it would be written five times per message. Ids grow with time, so a
# binary search finds the first message of the window, and only the window is read.
_HABITS = """
    WITH RECURSIVE probe (low, high) AS (
        SELECT min(id), max(id) + 1 FROM messaging_message
        UNION ALL
        SELECT CASE WHEN m.created_at < %(since)s THEN m.id + 1 ELSE b.low END,
               CASE WHEN m.created_at < %(since)s THEN b.high ELSE (b.low + b.high) / 2 END
          FROM probe b CROSS JOIN LATERAL (
               SELECT id, created_at FROM messaging_message WHERE id >= (b.low + b.high) / 2 ORDER BY id LIMIT 1) m
         WHERE b.low < b.high
    ), talk AS (
        SELECT channel_id, contact_id,
               min(id) FILTER (
                   WHERE direction = 'outbound' AND state IN ('sent', 'delivered', 'read', 'unknown')) AS ours,
               min(id) FILTER (WHERE direction = 'inbound') AS theirs,
               max(id) FILTER (WHERE direction = 'inbound') AS last
          FROM messaging_message
         WHERE id >= (SELECT max(low) FROM probe) AND channel_id = ANY(%(channels)s) AND workspace_id = %(workspace)s
         GROUP BY channel_id, contact_id
    ), begun AS (
        SELECT channel_id, contact_id, ours, last, theirs IS NULL OR ours < theirs AS by_us
          FROM talk WHERE ours IS NOT NULL
    )
    SELECT channel_id, count(*), count(*) FILTER (WHERE by_us), count(*) FILTER (WHERE by_us AND last > ours),
           count(*) FILTER (WHERE by_us AND NOT EXISTS (
               SELECT FROM messaging_message e
                WHERE e.contact_id = b.contact_id AND e.id < b.ours AND e.channel_id = b.channel_id
                  AND (e.direction = 'inbound' OR e.state IN ('sent', 'delivered', 'read', 'unknown'))))
      FROM begun b GROUP BY channel_id
"""
# One scan of the messages and one of the contacts: two index lookups for each of a hundred thousand people took four
# times as long.
_REACH = """
    WITH answered AS (
        SELECT contact_id FROM messaging_message WHERE workspace_id = %(workspace)s
         GROUP BY contact_id
        HAVING max(id) FILTER (WHERE direction = 'inbound') > min(id) FILTER (
               WHERE direction = 'outbound' AND state IN ('sent', 'delivered', 'read', 'unknown'))
    )
    SELECT count(*) FILTER (WHERE c.last_inbound_at IS NOT NULL AND a.contact_id IS NOT NULL),
           count(*) FILTER (WHERE c.last_inbound_at IS NOT NULL AND a.contact_id IS NULL),
           count(*) FILTER (WHERE c.last_inbound_at IS NULL)
      FROM contacts_contact c LEFT JOIN answered a ON a.contact_id = c.id
     WHERE c.workspace_id = %(workspace)s AND c.erased_at IS NULL AND c.reachable
"""


class NumberHealth:
    """Implements the port `channels.registry.Pulse` with messages."""

    def habits(self, workspace: Workspace, channels: Sequence[Channel], since: datetime) -> dict[int, Habits]:
        """Messages that were queued before `since` and sent after it are missing; they had been paused for long."""
        ids = [channel.pk for channel in channels]
        with connection.cursor() as cursor:
            cursor.execute(_HABITS, {"since": since, "channels": ids, "workspace": workspace.pk})
            found = {row[0]: Habits(*row[1:]) for row in cursor.fetchall()}
        return {pk: found.get(pk, Habits()) for pk in ids}

    def reach(self, workspace: Workspace) -> Reach:
        """Reads all messages of the workspace: only for a page of its own, never for a list."""
        with connection.cursor() as cursor:
            cursor.execute(_REACH, {"workspace": workspace.pk})
            return Reach(*cursor.fetchone())

    def warm_up(self, channel: Channel) -> WarmUp:
        """The allowed promotions per day of the warm-up, until the daily cap is reached."""
        caps = [daily_allowance(channel.daily_cap, warm_up=True, days_linked=day) for day in range(WARM_UP_DAYS + 1)]
        if not channel.warm_up or channel.linked_at is None:
            return WarmUp(caps, None)
        day = headroom(channel, None, clock.now()).days_linked
        return WarmUp(caps, day if day is not None and 0 <= day < WARM_UP_DAYS else None)
