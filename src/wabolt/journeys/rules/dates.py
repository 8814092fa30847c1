"""Triggers at a date: on which days of a calendar the date falls that lets a person in today."""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

FEB29 = ("feb28", "mar1")
LONGEST = 180
"""Days before or after a date."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A day on which something occurs. `moment`: when the journey of these people begins to count. `months_days`: the
    days of the year that are kept on this day, (month, day); two when 29 February is kept on another day."""

    day: date
    moment: datetime
    months_days: Sequence[tuple[int, int]]


def occurrences(now: datetime, tz: tzinfo, *, days: int, at: str, feb29: str) -> list[Occurrence]:
    """The occurrences whose people may enter now: those that have begun to count and are not over.

    `days`: the journey begins so many days after the date, before it if negative, at `at` ("HH:MM"). People who are
    added later may enter until the end of the date itself or of the day on which the journey begins.
    """
    today = now.astimezone(tz).date()
    found = []
    for ahead in range(-max(0, days), max(0, -days) + 1):
        day = today + timedelta(days=ahead)
        begin = day + timedelta(days=days)
        moment = datetime.combine(begin, time.fromisoformat(at), tzinfo=tz)
        if moment <= now and today <= max(day, begin):
            found.append(Occurrence(day, moment.astimezone(now.tzinfo), kept_on(day, feb29)))
    return found


def kept_on(day: date, feb29: str) -> list[tuple[int, int]]:
    """The days of the year, as (month, day), that are kept on this day. In a year without 29 February that day is kept
    on 28 February ("feb28") or on 1 March ("mar1")."""
    found = [(day.month, day.day)]
    if not isleap(day.year) and (day.month, day.day) == ((2, 28) if feb29 == "feb28" else (3, 1)):
        found.append((2, 29))
    return found
