"""The opening hours of a shop: several intervals a day, holidays and the fasting month. Pure.

Public holidays come from `holidays` (Indonesia). The fasting month comes from the Umm al-Qura calendar of `hijridate`,
which can differ by a day from the decision of the government, so it can be shifted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import pairwise

from hijridate import Gregorian, Hijri

from wabolt.lib.refusal import Refusal
from wabolt.lib.text import fold

RAMADAN = 9
"""The number of the fasting month in the Islamic calendar."""

Interval = tuple[time, time]
"""Opening and closing time. A closing time at or before the opening time is on the next day."""
Week = Mapping[int, Sequence[Interval]]
"""The intervals of each weekday, Monday is 0. A weekday without an entry is closed."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The opening hours of a shop in its time zone.

    `fasting`: the hours in the fasting month; None if they are the same. `fasting_shift`: days by which the fasting
    month begins later than calculated. `holidays_closed`: whether public holidays are closed. `special`: the intervals
    of single dates, () for a closed one; they come before everything else.
    """

    tz: tzinfo
    week: Week
    fasting: Week | None = None
    fasting_shift: int = 0
    holidays_closed: bool = False
    special: Mapping[date, Sequence[Interval]] = field(default_factory=dict)

    def intervals_on(self, day: date) -> Sequence[Interval]:
        """The intervals that begin on this date."""
        if day in self.special:
            return self.special[day]
        if self.holidays_closed and is_public_holiday(day):
            return ()
        if self.fasting is not None and is_fasting_day(day - timedelta(days=self.fasting_shift)):
            return self.fasting.get(day.weekday(), ())
        return self.week.get(day.weekday(), ())

    def periods(self, first: date, days: int, step: int = 1) -> Iterator[tuple[datetime, datetime]]:
        """The open periods that begin on these days, in the order of `step` (1: onward, -1: backward)."""
        for count in range(days):
            day = first + timedelta(days=count * step)
            for opens, closes in sorted(self.intervals_on(day), reverse=step < 0):
                end = day if closes > opens else day + timedelta(days=1)
                yield datetime.combine(day, opens, self.tz), datetime.combine(end, closes, self.tz)

    def is_open(self, at: datetime) -> bool:
        """Whether the shop is open at this moment."""
        yesterday = at.astimezone(self.tz).date() - timedelta(days=1)
        return any(begin <= at < end for begin, end in self.periods(yesterday, 2))

    def closed_weekdays(self) -> frozenset[int]:
        """The weekdays on which the shop is never open, apart from single dates. Monday is 0."""
        weeks = [self.week] if self.fasting is None else [self.week, self.fasting]
        spans = [(day, *one) for week in weeks for day, intervals in week.items() for one in intervals]
        after_midnight = {(day + 1) % 7 for day, opens, closes in spans if time() < closes <= opens}
        return frozenset(range(7)) - {day for day, *_one in spans} - after_midnight

    def closes_within(self, at: datetime, days: int = 90) -> bool:
        """Whether the shop is closed at some moment of the next `days` days."""
        open_until, horizon = at, at + timedelta(days=days)
        yesterday = at.astimezone(self.tz).date() - timedelta(days=1)
        for begin, end in self.periods(yesterday, days + 2):
            if begin <= open_until:
                open_until = max(open_until, end)
        return open_until < horizon

    def waited_since(self, minutes: int, now: datetime, most_days: int = 14) -> datetime | None:
        """The latest arrival of a message that has waited `minutes` open minutes at `now`.

        None if the last `most_days` days have fewer open minutes.
        """
        missing = timedelta(minutes=minutes)
        for begin, closes in self.periods(now.astimezone(self.tz).date(), most_days, step=-1):
            end = min(closes, now)
            if end <= begin:
                continue
            if end - begin >= missing:
                return end - missing
            missing -= end - begin
        return None


def is_public_holiday(day: date) -> bool:
    """Whether the date is a public holiday in Indonesia."""
    return day in _public_holidays(day.year)


def is_fasting_day(day: date) -> bool:
    """Whether the date is in the fasting month by the Umm al-Qura calendar."""
    try:
        return bool(Gregorian.fromdate(day).to_hijri().month == RAMADAN)
    except OverflowError:  # the calendar covers the years 1924 to 2077
        return False


def fasting_month(year: int) -> tuple[date, date] | None:
    """The first and the last day of the fasting month that begins in this year. None outside 1925 to 2076."""
    try:
        first_guess = Gregorian(year, 1, 1).to_hijri().year
        for hijri_year in (first_guess, first_guess + 1):
            begin = Hijri(hijri_year, RAMADAN, 1)
            if begin.to_gregorian().year == year:
                first = date(*begin.to_gregorian().datetuple())
                return first, first + timedelta(days=begin.month_length() - 1)
    except OverflowError:
        pass
    return None


@cache
def _public_holidays(year: int) -> frozenset[date]:
    import holidays  # takes 100 ms and 10 MB, and most shops never ask

    return frozenset(holidays.country_holidays("ID", years=year))


_CLOSED = frozenset(["tutup", "libur", "closed", "off", "-", "x"])
_ALL_DAY = frozenset({"24 jam", "24jam", "buka 24 jam", "24 hours", "24h", "00.00-24.00"})
_INTERVAL = re.compile(
    r"(?:jam |pukul |buka )*(\d{1,2})(?:[.:](\d{2}))?(?: ?(?:wib|wita|wit))?"
    r"\s*(?:-|\u2013|\u2014|s/d|sd|sampai|to|until)\s*"
    r"(?:jam |pukul )*(\d{1,2})(?:[.:](\d{2}))?(?: ?(?:wib|wita|wit))?"
)
_BETWEEN = re.compile(r"[,;]|\bdan\b|\band\b|&")
MOST_INTERVALS = 4


def parse_intervals(text: str) -> tuple[Interval, ...] | Refusal:
    """The intervals that a person typed for one day: "8-12, 13.00-20.00", "24 jam", "tutup".

    An empty text is a closed day. Refusals: `not_hours`, `overlapping`, `too_many`.
    """
    folded = fold(text)
    if not folded or folded in _CLOSED:
        return ()
    if folded in _ALL_DAY:
        return ((time(0), time(0)),)
    intervals: list[Interval] = []
    for part in _BETWEEN.split(folded):
        interval = _interval(part.strip())
        if interval is None:
            return Refusal("not_hours", text[:60])
        intervals.append(interval)
    if len(intervals) > MOST_INTERVALS:
        return Refusal("too_many", text[:60])
    intervals.sort()
    for (_, closes), (opens, _end) in pairwise(intervals):
        if opens < closes or closes == time(0):
            return Refusal("overlapping", text[:60])
    if any(closes <= opens for opens, closes in intervals[:-1]):
        return Refusal("overlapping", text[:60])
    return tuple(intervals)


def print_intervals(intervals: Sequence[Interval]) -> str:
    """The intervals as `parse_intervals` reads them; "" for a closed day."""
    if list(intervals) == [(time(0), time(0))]:
        return "24 jam"
    return ", ".join(f"{opens:%H.%M}\u2013{closes:%H.%M}" for opens, closes in intervals)


def _interval(text: str) -> Interval | None:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        return None
    hours = (int(match[1]), int(match[3]))
    minutes = (int(match[2] or 0), int(match[4] or 0))
    midnight = hours[1] == 24 and minutes[1] == 0
    if hours[0] > 23 or max(minutes) > 59 or (hours[1] > 23 and not midnight):
        return None
    return time(hours[0], minutes[0]), time(0 if midnight else hours[1], minutes[1])
