"""Promotions of a number wait for the inboxes of the shop's other numbers, because a STOP to one of them concerns the
whole shop.

Two limits keep a number that does not work from stopping the shop:

- An inbox holds promotions only while it is being read. If its oldest unread event stays the same for `STUCK_AFTER`,
  the lane of that number does not work, and it counts again when that event has been read.
- A number that is offline holds promotions for `RECONNECTS_WITHIN` after this number has connected, because both lost
  the connection in the same outage and what people wrote to it still waits at WhatsApp. The library tries to connect
  again at growing intervals; after an outage of ten hours they are six minutes. A number that has been offline for
  `LOST_AFTER` does not come back by itself.
"""

from datetime import timedelta

from wabolt.channels.models import Channel, RawEvent
from wabolt.lib import clock
from wabolt.messaging.gateway.sql import execute

STUCK_AFTER = 300.0
"""Seconds without progress. A turn reads 1,000 events within seconds, and a lane that broke off is taken again within
half a minute."""
RECONNECTS_WITHIN = timedelta(minutes=7)
LOST_AFTER = timedelta(days=1)
FRESH = 30.0
"""Seconds for which "all that had arrived is read" is valid. Without it, a number to which people write without a pause
would hold the promotions of the others for ever, because some event is always unread."""
_UNREAD = """
    SELECT c.id, oldest.id, newest.id FROM channels_channel c
     CROSS JOIN LATERAL (SELECT id FROM channels_rawevent WHERE channel_id = c.id AND processed_at IS NULL
                            AND attempts < %(most)s ORDER BY id LIMIT 1) oldest
     CROSS JOIN LATERAL (SELECT id FROM channels_rawevent WHERE channel_id = c.id AND processed_at IS NULL
                            AND attempts < %(most)s ORDER BY id DESC LIMIT 1) newest
     WHERE c.workspace_id = %(workspace)s AND c.id <> %(channel)s AND c.archived_at IS NULL
"""
_AWAY = """
    SELECT EXISTS (SELECT FROM channels_channel own JOIN channels_channel c ON c.workspace_id = own.workspace_id
                    WHERE own.id = %(channel)s AND own.state = 'connected'
                      AND own.state_since BETWEEN %(lately)s AND %(now)s
                      AND c.id <> own.id AND c.archived_at IS NULL AND c.state = 'offline'
                      AND c.state_since > %(lost)s)
"""


class OtherNumbers:
    """The inboxes of a shop's other numbers, as the lane of one number sees them from turn to turn."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._oldest: dict[int, tuple[int, float]] = {}
        self._awaited: dict[int, int] = {}
        self._since = 0.0

    def are_read(self) -> bool:
        """Whether the events that had arrived at the other numbers lately (`FRESH`) have been processed."""
        now = clock.elapsed()
        unread = self._unread(now)
        left = {pk: newest for pk, newest in self._awaited.items() if pk in unread and unread[pk][0] <= newest}
        is_over = bool(self._awaited) and not left and now - self._since < FRESH
        if not left:
            left, self._since = {} if is_over else {pk: newest for pk, (_oldest, newest) in unread.items()}, now
        self._awaited = left
        return not left and not self._is_one_away()

    def _unread(self, now: float) -> dict[int, tuple[int, int]]:
        """The ids of the oldest and the newest unread event of each number whose inbox is being read."""
        values = {"workspace": self._channel.workspace_id, "channel": self._channel.pk, "most": RawEvent.MAX_ATTEMPTS}
        found = {pk: (oldest, newest) for pk, oldest, newest in execute(_UNREAD, values).fetchall()}
        before = self._oldest
        self._oldest = {
            pk: before[pk] if pk in before and before[pk][0] == oldest else (oldest, now)
            for pk, (oldest, _newest) in found.items()
        }
        return {pk: ids for pk, ids in found.items() if now - self._oldest[pk][1] < STUCK_AFTER}

    def _is_one_away(self) -> bool:
        now = clock.now()
        values = {"channel": self._channel.pk, "now": now, "lately": now - RECONNECTS_WITHIN, "lost": now - LOST_AFTER}
        [(is_away,)] = execute(_AWAY, values).fetchall()
        return bool(is_away)
