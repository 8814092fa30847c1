"""Opening hours, and the moment before which a waiting customer has waited too long. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

MOST_DAYS = 14
"""Number of days that are searched back for enough open minutes."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The hours of the shop in its zone. `days`: open weekdays, Monday is 0. `closes` at or before `opens` is after
    midnight; equal times mean the whole day."""

    tz: tzinfo
    days: Sequence[int]
    opens: time
    closes: time


def waited_since(hours: OpeningHours, minutes: int, now: datetime) -> datetime | None:
    """Returns the latest arrival of a message that has waited `minutes` open minutes at `now`.

    None if the last MOST_DAYS days have fewer open minutes.
    """
    missing = timedelta(minutes=minutes)
    today = now.astimezone(hours.tz).date()
    for back in range(-1, MOST_DAYS):
        day = today - timedelta(days=back)
        if day.weekday() not in hours.days:
            continue
        begin = datetime.combine(day, hours.opens, tzinfo=hours.tz)
        end = datetime.combine(day, hours.closes, tzinfo=hours.tz)
        if hours.closes <= hours.opens:
            end = datetime.combine(day + timedelta(days=1), hours.closes, tzinfo=hours.tz)
        end = min(end, now)
        if end <= begin:
            continue
        if end - begin >= missing:
            return end - missing
        missing -= end - begin
    return None
