"""The typing indicator: a customer who waits sees for a moment that a reply is being written."""

from datetime import datetime, timedelta

from wabolt.channels.models import Channel
from wabolt.channels.registry import PresenceProvider, Provider
from wabolt.contacts.queries import address_of
from wabolt.lib import clock
from wabolt.messaging.gateway.sql import execute

SHORTEST, LONGEST = timedelta(milliseconds=300), timedelta(milliseconds=1200)
PER_CHARACTER = timedelta(milliseconds=12)
WAITS = timedelta(minutes=30)
"""A customer whose last message is older than this is not waiting."""
CROWD = 3
"""With more replies than this in the lane, no indicator is shown and all are sent at once."""
OFF_AFTER_TROUBLE = timedelta(minutes=1)

_NEXT = f"""
    SELECT m.id, m.contact_id, length(m.text), EXISTS (
               SELECT FROM messaging_conversation w WHERE w.channel_id = m.channel_id AND w.contact_id = m.contact_id
                  AND w.last_inbound_at > %(since)s)
      FROM messaging_message m
      JOIN channels_channel c ON c.id = m.channel_id AND c.state = 'connected' AND c.shows_reading
      JOIN messaging_lane l ON l.channel_id = m.channel_id AND l.paused_at IS NULL
       AND (l.retry_at IS NULL OR l.retry_at <= %(now)s)
     WHERE m.channel_id = %(channel)s AND m.purpose = 'service' AND m.state = 'queued' AND m.not_before IS NULL
       AND m.priority = 0
     ORDER BY m.priority, m.id LIMIT {CROWD + 1}
"""


class TypingIndicator:
    """Shows the typing indicator of one lane. It never waits itself: it returns how long the next reply should wait."""

    def __init__(self, channel: Channel, provider: Provider) -> None:
        self._channel = channel
        self._provider = provider
        self._shown = 0
        self._until: datetime | None = None
        self._off_until: datetime | None = None

    def hold(self) -> datetime | None:
        """The time until which the next reply waits while the indicator is shown; None if it may be sent. A reply waits
        once."""
        provider, now = self._provider, clock.now()
        if not isinstance(provider, PresenceProvider) or (self._off_until is not None and now < self._off_until):
            return None
        if self._until is not None and now < self._until:
            return self._until
        values = {"channel": self._channel.pk, "now": now, "since": now - WAITS}
        rows = execute(_NEXT, values).fetchall()
        if not rows or len(rows) > CROWD:
            return None
        message_id, contact_id, length, waits = rows[0]
        if message_id == self._shown or not waits:
            return None
        self._shown = message_id
        address = address_of(contact_id, provider.capabilities.identity_kinds, chat=True)
        if address is None:
            return None
        try:
            provider.typing(*address, on=True)
        except OSError:
            self._off_until = now + OFF_AFTER_TROUBLE
            return None
        self._until = now + min(LONGEST, SHORTEST + PER_CHARACTER * length)
        return self._until
