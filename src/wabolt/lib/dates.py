"""Parses dates of people and spreadsheets. Pure: the caller passes today's date.

Codes of a refusal: `empty`, `not_a_date`, `no_such_day` (31/02/1990), `no_year` (17 Agustus), `no_day` (only a year or
a month), `unclear` (eight digits with two readings), `too_early`, `too_late`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

from wabolt.lib.cities import is_known_city
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import fold, means_nothing

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
MAX_TEXT = 80
"""Longer cells are prose. One more character than this is read, to detect them."""

_MONTHS = {
    1: "januari january jan",
    2: "februari february pebruari feb peb febr",
    3: "maret march mar mrt",
    4: "april apr",
    5: "mei may",
    6: "juni june jun",
    7: "juli july jul",
    8: "agustus august augustus agu ags agt aug agust agst",
    9: "september sep sept",
    10: "oktober october okt oct",
    11: "november nopember nov nop",
    12: "desember december des dec",
}


def _month_words() -> dict[str, int]:
    """Returns the month names and their prefixes of three or more letters that belong to one month only ("agus")."""
    found: dict[str, set[int]] = {}
    for month, words in _MONTHS.items():
        for word in words.split():
            for length in range(3, len(word) + 1):
                found.setdefault(word[:length], set()).add(month)
    return {word: months.pop() for word, months in found.items() if len(months) == 1}


_MONTH_OF = _month_words()
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))

_SERIAL = re.compile(r"([1-7][0-9]{4})(?:[.,]([0-9]{1,15}))?")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
_YEAR_FIRST = re.compile(r"([0-9]{4})\s?[-/. ]\s?([0-9]{1,2})\s?[-/. ]\s?([0-9]{1,2})(?![0-9])")
_YEAR_LAST = re.compile(r"([0-9]{1,2})\s?[-/., ]\s?([0-9]{1,2})\s?[-/., ]\s?([0-9]{4}|'?[0-9]{2})(?![0-9])")
_WORD = rf"({_MONTH})(?![a-z])\.?"
_YEAR = r"([0-9]{4}|'?[0-9]{2})(?![0-9])"
_DAY_WORD = re.compile(rf"([0-9]{{1,2}})(?:st|nd|rd|th)?(?: of)?[-/. ,]*{_WORD}[-/. ,]*{_YEAR}")
_WORD_DAY = re.compile(rf"{_WORD}[-/ ]*([0-9]{{1,2}})(?:st|nd|rd|th)?[-/., ]+{_YEAR}")
_YEAR_WORD = re.compile(rf"([0-9]{{4}})[-/. ,]*{_WORD}[-/. ,]*([0-9]{{1,2}})(?![0-9])")
_NO_YEAR = re.compile(rf"[0-9]{{1,2}}[-/. ]*{_WORD}|{_WORD} ?[0-9]{{1,2}}|[0-9]{{1,2}}[-/.][0-9]{{1,2}}")
_NO_DAY = re.compile(rf"[0-9]{{4}}|{_WORD}[-/. ]*(?:[0-9]{{4}})?|[0-9]{{1,2}}[-/][0-9]{{4}}")
# "Jumat, 7 Mei 1974" and "Jakarta, 7 Mei 1974" (many forms have place and day of birth in one column).
_LEAD = re.compile(r"^[^\W\d][^\d,;]*[,;] ?(?=[0-9])")
# Without a comma only a known town, a weekday or a label is left out: "INV 31-10-2026" is a number, not a date.
_WORDS = re.compile(
    r"([^\W\d][^\d,;]*?)(?:[/:.-]*\s[\s/:.-]*|(?<=[^\W\d]{5})[/:.-]+)"
    rf"(?=[0-9]|(?:{_MONTH})(?![a-z])[\s.-]*[0-9])"
)
_BEFORE_DATES = frozenset(
    [
        *("senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad", "sen", "sel", "rab", "kam"),
        *("jum", "sab", "min", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon"),
        *("tue", "wed", "thu", "fri", "sat", "sun", "tgl", "tanggal", "lahir", "tgl lahir", "tanggal lahir", "pada"),
    ]
)

_CLOCK = re.compile(
    r"(?:[ t,]|pukul|jam|at|-)*([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r" ?([ap]\.?m\.?)? ?(?:(?:utc|gmt) ?(?=[+-]))?(z|utc|gmt|wib|wita|wit|[+-][0-9]{1,2}:?(?:[0-9]{2})?)?"
    r"(?: ?\([^()]*\))?"
)
_MIDNIGHT_IN_UTC = re.compile(r"[t ]1[5-7]:00(?::00(?:[.,]0+)?)? ?(?:z|utc|gmt|[+-]00:?00)")
"""The start of a day in Indonesia (UTC+7, +8 or +9), written in UTC. Programs export days like this: 17 August 1990 is
1990-08-16T17:00:00.000Z."""
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "wib": 7, "wita": 8, "wit": 9}
_EPOCH_SECONDS = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")
_SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no time zones
_DAYS_TO_1904 = 1462
_NO_DATE = re.compile(r"0+([-/.])0+\1(?:0+|1900)(?: 0+:0+(?::0+)?)?")
"""Empty dates of programs: 0/0/00, 00/00/0000, 0000-00-00."""


class DayOrder(NamedTuple):
    """The order of day and month in a column: `day_first` (None if no cell decides it) and the number of cells for each
    order."""

    day_first: bool | None
    day_first_count: int
    month_first_count: int


def parse_date(
    text: object, day_first: bool = True, *, not_before: date = FIRST_DAY, not_after: date = LAST_DAY
) -> date | Refusal:
    """Returns the date in a cell without its time of day. Never raises.

    `day_first` decides only ambiguous dates: 05/23/1974 is always the 23rd of May. A two-digit year is the latest one
    that is not after `not_after` (pass today for birthdays; without it 69 is 1969 and 68 is 2068).
    """
    if isinstance(text, datetime):
        return _in_range(text.date(), str(text), not_before, not_after)
    if isinstance(text, date):
        return _in_range(text, str(text), not_before, not_after)
    shown = _as_text(text)
    answer = _read_date(shown, day_first, not_after)
    return answer if isinstance(answer, Refusal) else _in_range(answer, shown, not_before, not_after)


def parse_datetime(
    text: object,
    tz: tzinfo,
    day_first: bool = True,
    *,
    not_before: date = FIRST_DAY,
    not_after: date = LAST_DAY,
) -> datetime | Refusal:
    """Returns the moment in a cell, in UTC. Never raises.

    An offset or a zone in the text (Z, +07:00, WIB, WITA, WIT) counts; without one the time is local to `tz`. A date
    without a time means midnight. Seconds and milliseconds since 1970 are accepted too.
    """
    if isinstance(text, datetime):
        return _to_utc(text, tz, str(text), not_before, not_after)
    shown = _as_text(text)
    moment = _read_iso(shown) or _read_datetime(shown, day_first, not_after)
    return moment if isinstance(moment, Refusal) else _to_utc(moment, tz, shown, not_before, not_after)


def from_1904(text: str) -> str:
    """Converts a day number of a workbook that counts from 1904 (Excel for Mac) to the usual numbering. Every other
    text is returned unchanged."""
    found = _SERIAL.fullmatch(text)
    return str(int(found[1]) + _DAYS_TO_1904) + text[len(found[1]) :] if found else text


def infer_day_order(values: Iterable[object]) -> DayOrder:
    """Returns the order of day and month in a column, from the cells with only one reading."""
    days = months = 0
    for value in values:
        found = _YEAR_LAST.match(_as_text(value).strip())
        if found:
            first, second = int(found[1]), int(found[2])
            days += 12 < first <= 31 and 1 <= second <= 12
            months += 12 < second <= 31 and 1 <= first <= 12
    return DayOrder(None if days == months else days > months, days, months)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, str | int | float | date):
        try:
            return str(value)[: MAX_TEXT + 1]
        except ValueError:  # an int of thousands of digits
            return "?" * (MAX_TEXT + 1)
    return "?"


@lru_cache(maxsize=16384)
def _read_date(shown: str, day_first: bool, not_after: date) -> date | Refusal:
    text = _tidy(shown)
    if means_nothing(text) or _NO_DATE.fullmatch(text):
        return Refusal("empty", shown)
    found = _match_date(text, day_first, not_after)
    if found is None:
        return Refusal(_why_not(text), shown)
    day, rest = found
    if rest and not _CLOCK.fullmatch(rest):
        return Refusal("not_a_date", shown)
    if rest and isinstance(day, date) and _MIDNIGHT_IN_UTC.fullmatch(rest):
        day += timedelta(days=1)
    return day if isinstance(day, date) else Refusal(day, shown)


def _read_datetime(shown: str, day_first: bool, not_after: date) -> datetime | Refusal:
    text = _tidy(shown)
    if means_nothing(text) or _NO_DATE.fullmatch(text):
        return Refusal("empty", shown)
    if _EPOCH_SECONDS.fullmatch(text):
        seconds, millis = divmod(int(text), 1000) if len(text) > 10 else (int(text), 0)
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=millis)
    if found := _SERIAL.fullmatch(text):
        part = float(f"0.{found[2] or 0}")
        return _SPREADSHEET_EPOCH + timedelta(days=int(found[1]), seconds=round(part * 86_400))
    dated = _match_date(text, day_first, not_after)
    if dated is None:
        return Refusal(_why_not(text), shown)
    day, rest = dated
    if isinstance(day, str):
        return Refusal(day, shown)
    if not rest:
        return datetime.combine(day, time())
    clock = _CLOCK.fullmatch(rest)
    moment = clock and _with_clock(day, clock)
    return moment or Refusal("not_a_date", shown)


def _with_clock(day: date, clock: re.Match[str]) -> datetime | None:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock[4].startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    zone = clock[5]
    offset = None
    if zone in _ZONES:
        offset = timezone(timedelta(hours=_ZONES[zone]))
    elif zone:
        digits = zone[1:].replace(":", "")
        digits = digits.zfill(2).ljust(4, "0") if len(digits) < 3 else digits.zfill(4)
        distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        if distance >= timedelta(hours=15):
            return None
        offset = timezone(-distance if zone[0] == "-" else distance)
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=offset)


def _read_iso(shown: str) -> datetime | None:
    """The fast path for exports: 2026-10-31T19:05:00+07:00."""
    if len(shown) >= 16 and shown[4] == "-" and shown[10] in "T ":
        try:
            return datetime.fromisoformat(shown)
        except ValueError:
            return None
    return None


def _tidy(shown: str) -> str:
    text = _LEAD.sub("", fold(shown).strip("'\"` "), count=1)
    if (found := _WORDS.match(text)) and (found[1] in _BEFORE_DATES or is_known_city(found[1])):
        return text[found.end() :]
    return text


def _match_date(text: str, day_first: bool, not_after: date) -> tuple[date | str, str] | None:
    """Returns the date (or the code of its fault) at the start of the text, and the rest of the text."""
    if found := _SERIAL.fullmatch(text):
        return (_SPREADSHEET_EPOCH + timedelta(days=int(found[1]))).date(), ""
    if _EIGHT_DIGITS.fullmatch(text):
        return _from_eight_digits(text, day_first), ""
    for pattern, order in ((_YEAR_FIRST, "ymd"), (_YEAR_WORD, "ymd"), (_DAY_WORD, "dmy"), (_WORD_DAY, "mdy")):
        if found := pattern.match(text):
            parts = dict(zip(order, found.groups(), strict=True))
            month = _MONTH_OF.get(parts["m"]) or int(parts["m"])
            return _day(_year(parts["y"], not_after), month, int(parts["d"])), text[found.end() :]
    if found := _YEAR_LAST.match(text):
        day, month = (int(found[1]), int(found[2])) if day_first else (int(found[2]), int(found[1]))
        if month > 12 >= day:
            day, month = month, day
        return _day(_year(found[3], not_after), month, day), text[found.end() :]
    return None


def _from_eight_digits(text: str, day_first: bool) -> date | str:
    year_first = _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    first, second = int(text[:2]), int(text[2:4])
    year_last = _day(int(text[4:]), *((second, first) if day_first else (first, second)))
    plausible = {day for day in (year_first, year_last) if isinstance(day, date) and FIRST_DAY <= day <= LAST_DAY}
    return plausible.pop() if len(plausible) == 1 else "unclear" if plausible else "no_such_day"


def _day(year: int, month: int, day: int) -> date | str:
    try:
        return date(year, month, day)
    except ValueError:
        return "no_such_day"


def _year(written: str, not_after: date) -> int:
    digits = written.lstrip("'")
    year = int(digits)
    if len(digits) == 4:
        return year
    if not_after == LAST_DAY:
        return year + (2000 if year < 69 else 1900)
    return not_after.year - (not_after.year - year) % 100


def _why_not(text: str) -> str:
    if _NO_DAY.fullmatch(text):
        return "no_day"
    return "no_year" if _NO_YEAR.fullmatch(text) else "not_a_date"


def _in_range(day: date, shown: str, not_before: date, not_after: date) -> date | Refusal:
    if day < not_before:
        return Refusal("too_early", shown)
    return Refusal("too_late", shown) if day > not_after else day


def _to_utc(moment: datetime, tz: tzinfo, shown: str, not_before: date, not_after: date) -> datetime | Refusal:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=tz)
    day = _in_range(aware.date(), shown, not_before, not_after)
    if isinstance(day, Refusal):
        return day
    try:
        return aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return Refusal("no_such_day", shown)
