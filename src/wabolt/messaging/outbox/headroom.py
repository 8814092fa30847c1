"""The rest of the daily promotions of a channel, and the reason for its standstill."""

from dataclasses import dataclass
from datetime import datetime

from wabolt.channels.models import Channel
from wabolt.channels.queries import days_linked, quiet_hours
from wabolt.messaging.outbox import rules
from wabolt.messaging.outbox.models import Lane


@dataclass(frozen=True, slots=True)
class Headroom:
    """`days_linked`: whole days since the channel was linked (`channels.queries.days_linked`), None if it was not."""

    sent: int
    allowed: int
    days_linked: int | None

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.sent)


def headroom(channel: Channel, lane: Lane | None, now: datetime) -> Headroom:
    """Promotions sent and allowed on the workspace's day of `now`. `lane`: None before its first message."""
    today = now.astimezone(channel.workspace.tz).date()
    days = days_linked(channel, now)
    allowed = rules.daily_allowance(channel.daily_cap, warm_up=channel.warm_up, days_linked=days)
    sent = lane.sent_today if lane is not None and lane.day == today else 0
    return Headroom(sent, allowed, days)


def standstill_of(channel: Channel, lane: Lane, now: datetime) -> rules.Standstill | None:
    """The reason that a number sends no promotions now; None if it sends them. The lane obeys it, and pages show it."""
    facts = rules.LaneFacts(
        connected=channel.state == Channel.State.CONNECTED,
        paused=lane.is_paused(now),
        resume_at=lane.resume_at,
        retry_at=lane.retry_at,
        room_today=headroom(channel, lane, now).left,
    )
    return rules.standstill(facts, quiet_hours(channel), now)
