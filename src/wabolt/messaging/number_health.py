"""Figures about the health of a number: who replies, who is written to for the first time, and who can be reached."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.registry import ConversationCounts, ReachCounts, WarmUp
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.messaging.outbox.headroom import headroom
from wabolt.messaging.outbox.rules.pace import WARM_UP_DAYS, daily_allowance

# No index holds the time of sending, because it would be written five times per message. Ids grow with time, so a
# binary search finds the first message of the window, and only the window is read.
_CONVERSATIONS = statement(__file__, "conversations")
# One scan of the messages and one of the contacts: two index lookups for each of a hundred thousand people took four
# times as long.
_REACH = statement(__file__, "reach")


class NumberHealth:
    """Implements the port `channels.registry.NumberStatistics` with messages."""

    def conversations(
        self, workspace: Workspace, channels: Sequence[Channel], since: datetime
    ) -> dict[int, ConversationCounts]:
        """Messages that were queued before `since` and sent after it are missing; they had been paused for long."""
        ids = [channel.pk for channel in channels]
        with connection.cursor() as cursor:
            cursor.execute(_CONVERSATIONS, {"since": since, "channels": ids, "workspace": workspace.pk})
            found = {row[0]: ConversationCounts(*row[1:]) for row in cursor.fetchall()}
        return {pk: found.get(pk, ConversationCounts()) for pk in ids}

    def reach(self, workspace: Workspace) -> ReachCounts:
        """Reads all messages of the workspace: only for a page of its own, never for a list."""
        with connection.cursor() as cursor:
            cursor.execute(_REACH, {"workspace": workspace.pk})
            return ReachCounts(*cursor.fetchone())

    def warm_up(self, channel: Channel) -> WarmUp:
        """The allowed promotions per day of the warm-up, until the daily cap is reached."""
        caps = [daily_allowance(channel.daily_cap, warm_up=True, days_linked=day) for day in range(WARM_UP_DAYS + 1)]
        if not channel.warm_up or channel.linked_at is None:
            return WarmUp(caps, None)
        day = headroom(channel, None, clock.now()).days_linked
        return WarmUp(caps, day if day is not None and 0 <= day < WARM_UP_DAYS else None)
