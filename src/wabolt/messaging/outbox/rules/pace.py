"""Pace: gaps between messages, batch sizes, the warm-up of a new number, and estimates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from wabolt.lib.quiet_hours import Hours, next_day, quiet_until

MAX_BATCH = 500
"""Maximum batch size. Larger batches are not faster and delay a pause or a STOP."""
BATCHES_PER_MINUTE = 120
"""Two batches per second, so that at most half a second of messages is in flight at a pause, a STOP or a kill."""
WARM_UP_START = 20
"""Promotions on the first day of a linked number; practitioners call this safe."""
WARM_UP_DAYS = 14
LONG_RETRY = timedelta(minutes=1)
"""A shorter wait that the vendor asks for is not shown to members."""


def batch_size(per_minute: int) -> int:
    """The batch size at this pace (0: no limit). A slow lane sends one message at a time."""
    return MAX_BATCH if per_minute == 0 else max(1, min(MAX_BATCH, per_minute // BATCHES_PER_MINUTE))


def gap(per_minute: int, jitter_percent: int, count: int, chance: float) -> timedelta:
    """The time between the starts of a batch of `count` messages and of the next batch. `chance` in [0, 1) varies it
    evenly by `jitter_percent` in both directions, so that the mean stays at `per_minute`."""
    if per_minute == 0 or count == 0:
        return timedelta(0)
    spread = 1 + jitter_percent / 100 * (2 * chance - 1)
    return timedelta(seconds=60 / per_minute * count * spread)


def daily_allowance(daily_cap: int, *, warm_up: bool, days_linked: int | None) -> int:
    """The number of promotions that a channel may send on a day. `days_linked`: whole workspace days since it was
    linked, 0 on the first (None: not linked). During the warm-up it grows by a constant factor from WARM_UP_START to
    the cap in 14 days."""
    if not warm_up or daily_cap <= WARM_UP_START:
        return daily_cap
    day = max(0, days_linked or 0)
    if day >= WARM_UP_DAYS:
        return daily_cap
    return int(WARM_UP_START * (daily_cap / WARM_UP_START) ** (day / WARM_UP_DAYS))


@dataclass(frozen=True, slots=True)
class Standstill:
    """The reason that a number sends no promotions. `until`: when this ends by itself; None: a member has to act."""

    code: Literal["not_connected", "paused", "resting", "quiet", "used_up"]
    until: datetime | None = None

    @property
    def holds_replies(self) -> bool:
        """Whether messages that a customer waits for are held too."""
        return self.code not in {"quiet", "used_up"}

    def is_brief(self, now: datetime) -> bool:
        """Whether it is a wait that the vendor asked for and that members need not know about."""
        return self.code == "resting" and self.until is not None and self.until <= now + LONG_RETRY


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFacts:
    """The facts of `standstill`. `resume_at`: the end of a pause that has one. `retry_at`: until when WhatsApp asked to
    wait. `room_today`: the rest of the daily cap."""

    connected: bool
    paused: bool
    resume_at: datetime | None
    retry_at: datetime | None
    room_today: int


def standstill(lane: LaneFacts, hours: Hours, now: datetime) -> Standstill | None:
    """The reason that a number sends no promotions `now`, the hardest obstacle first; None if it sends them."""
    if not lane.connected:
        return Standstill("not_connected")
    if lane.paused:
        return Standstill("resting", lane.resume_at) if lane.resume_at else Standstill("paused")
    if lane.retry_at is not None and lane.retry_at > now:
        return Standstill("resting", lane.retry_at)
    if (end := quiet_until(hours, now)) is not None:
        return Standstill("quiet", end)
    if lane.room_today <= 0:
        tomorrow = next_day(hours.tz, now)
        return Standstill("used_up", quiet_until(hours, tomorrow) or tomorrow)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of a number: messages per minute (0: no limit), promotions per day, and what was sent today."""

    per_minute: int
    daily_cap: int
    warm_up: bool
    days_linked: int | None
    sent_today: int = 0


def finish_estimate(count: int, *, start: datetime, hours: Hours, pace: Pace) -> datetime | None:
    """The time at which `count` promotions that start at `start` will be sent, with quiet hours, daily cap, warm-up and
    pace. None if that is more than a year away."""
    now, left, used, linked = start, count, pace.sent_today, pace.days_linked or 0
    for _ in range(2 * 366):
        if left <= 0:
            return now
        if (until := quiet_until(hours, now)) is not None:
            now, linked, used = _carry(hours, now, until, linked, used)
            continue
        stop = min(_next_quiet(hours, now), next_day(hours.tz, now))
        room = max(0, daily_allowance(pace.daily_cap, warm_up=pace.warm_up, days_linked=linked) - used)
        fits = left if pace.per_minute == 0 else int((stop - now).total_seconds() * pace.per_minute / 60)
        done = min(left, room, fits)
        left -= done
        used += done
        if left <= 0:
            return now + gap(pace.per_minute, 0, done, 0.5)
        now, linked, used = _carry(hours, now, stop, linked, used)
    return None


def _carry(hours: Hours, now: datetime, then: datetime, linked: int, used: int) -> tuple[datetime, int, int]:
    days = (then.astimezone(hours.tz).date() - now.astimezone(hours.tz).date()).days
    return then, linked + days, 0 if days else used


def _next_quiet(hours: Hours, now: datetime) -> datetime:
    """The next moment after `now` (not quiet) at which quiet hours begin; a day later when there are none."""
    if hours.quiet_from == hours.quiet_until:
        return now + timedelta(days=1)
    here = now.astimezone(hours.tz)
    begin = datetime.combine(here.date(), hours.quiet_from, tzinfo=hours.tz)
    if begin <= here:
        begin = datetime.combine(here.date() + timedelta(days=1), hours.quiet_from, tzinfo=hours.tz)
    return begin.astimezone(now.tzinfo)
