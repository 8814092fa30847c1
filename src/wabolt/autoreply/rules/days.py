"""Days in the words of customers: birthdays, and days of a visit or a delivery. Pure."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from wabolt.autoreply.rules.chat_words import plain_words, standard_spelling, without_words
from wabolt.lib.birthdays import FIRST_BIRTH, without_year
from wabolt.lib.chat_words import PARTICLES, word_set
from wabolt.lib.dates import FIRST_DAY, LAST_DAY, parse_date
from wabolt.lib.refusal import Refusal

_AROUND = word_set("tanggal bulan lahir lahirku kelahiran ulang tahun pada aku saya di ku")
_FROM_TODAY = {
    "kemarin lusa": -2, "kemarin": -1, "hari ini": 0, "sekarang": 0, "besok": 1, "besok lusa": 2, "lusa": 2,
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu ahad"))
    for name in names.split()
}
_ABOUT_DAY = word_set("hari ini besok nanti tanggal pada di ku aku saya ulang tahun lahir ya")
_TIMES = re.compile(r"\b(?:(?:jam|pukul) [0-9]{1,2}(?: [0-9]{2})?|setengah \w+|subuh|pagi|siang|sore|malam)\b")
_TODAY = word_set("hari ini nanti")
"""Words that mean today, together with a time of the day: "nanti sore", "malam ini"."""
_BEFORE_DAY = re.compile(rf"\bmalam (?:{'|'.join(_WEEKDAYS)})\b")
"""The evening before a day: "malam minggu" is a Saturday."""
_DAY_NUMBER = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
"""A day in the numbering of spreadsheets. In a chat it is a postcode."""
_SIX_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
_TWO_NUMBERS = re.compile(r"[0-9]{1,2} [0-9]{1,2}")
_HOUR = re.compile(r"([0-9]{1,2})[. ]")
"""The start of a time of the day, as "10.30"; also of a date, as "17.8"."""
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-4])[.:]([0-5][0-9])")
"""Two numbers that may be a time of the day: "8.05", also the 8th of May."""
Times = Literal["expected", "possible", "unlikely"]
"""The chance that a customer answers with a time of the day: "expected" if the question asks for one, "unlikely" if the
customer was told that a day is needed."""
_THREE_NUMBERS = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2,4}")
_YEARS_AHEAD = 8
"""One of so many years from now has a 29 February."""
_LEAP_YEAR = 2004


def birthday_in(text: str, today: date) -> date | None:
    """The birthday that a text names: "17 agustus 95", "tgl 17 bln 8", "ultahku hari ini". `without_year` if it names
    no year; None if it names no birthday."""
    away = _days_from_today(plain_words(text))
    if away is not None and away <= 0:
        return without_year(today + timedelta(days=away))
    for written in _written_dates(text):
        found = _parse(written, FIRST_BIRTH, today)
        if not isinstance(found, Refusal):
            return found
        if (day := _in_year(written, found, _LEAP_YEAR)) is not None:
            return without_year(day)
    return None


def day_in(text: str, today: date, times: Times = "possible") -> date | None:
    """The day that a text names: "besok sore", "sabtu", "12 desember", which is the next one; None for other texts.

    "8.05" is a day only if a time is `times` unlikely. "17.12" is no usual time, so it is a day unless one is expected.
    """
    named = _named_day(text, today)
    if named is not None:
        return named
    if _is_time(text, times):
        return None
    for written in _written_dates(text):
        found = _parse(written)
        if not isinstance(found, Refusal):
            return found
        days = (_in_year(written, found, today.year + ahead) for ahead in range(_YEARS_AHEAD + 1))
        if (day := next((day for day in days if day is not None and day >= today), None)) is not None:
            return day
    return None


def _is_time(text: str, times: Times) -> bool:
    found = _CLOCK.fullmatch(without_words(text, PARTICLES))
    if found is None or times == "unlikely":
        return False
    return times == "expected" or int(found[1]) % 5 == 0


def _written_dates(text: str) -> tuple[str, ...]:
    """The possible dates of a text: the text without the words around a date, and its numbers and its month alone."""
    words = [word.strip(".,!") for word in text.split()]
    dated = [word for word in words if any(map(str.isdigit, word)) or _is_month(word)]
    is_date = any(_is_month(word) or _THREE_NUMBERS.fullmatch(word) for word in dated)
    return (without_words(text, _AROUND | PARTICLES), *([" ".join(dated)] if is_date else ()))


def _is_month(word: str) -> bool:
    return word.isalpha() and not isinstance(parse_date(f"1 {word} {_LEAP_YEAR}"), Refusal)


def _parse(text: str, first: date = FIRST_DAY, last: date = LAST_DAY) -> date | Refusal:
    """`parse_date` for chats, where "170895" is a date."""
    if _DAY_NUMBER.fullmatch(text):
        return Refusal("not_a_date", text)
    six = _SIX_DIGITS.fullmatch(text)
    return parse_date("-".join(six.groups()) if six else text, not_before=first, not_after=last)


def _in_year(text: str, refusal: Refusal, year: int) -> date | None:
    """The date in a text that was refused because it names no year: "17 agustus", "17/8", "17 8".

    "10.30" is a time of the day and not the 30th of October; "12/25" is the 25th of December.
    """
    if refusal.code != "no_year" and not _TWO_NUMBERS.fullmatch(text):
        return None
    tried = (parse_date(f"{text}{joint}{year}") for joint in (" ", "/", "-"))
    found = next((day for day in tried if not isinstance(day, Refusal)), None)
    hour = _HOUR.match(text)
    return None if found and hour and int(hour[1]) != found.day else found


def _named_day(text: str, today: date) -> date | None:
    """The day that a text names by today or by a weekday, perhaps with a time: "besok sore jam 4", "nanti malam"."""
    spelled = " ".join(word for word in standard_spelling(text) if word not in PARTICLES)
    if _BEFORE_DAY.search(spelled):
        return None
    words = _TIMES.sub(" ", spelled).split()
    has_time = len(words) < len(spelled.split())
    if has_time and words and _TODAY.issuperset(words):
        return today
    away = _days_from_today(words)
    return today + timedelta(days=away) if away is not None else _next_weekday(words, today)


def _days_from_today(words: Sequence[str]) -> int | None:
    """The distance of a day that is named by today: "kemarin", "hari ini", "besok kak"; None for other words."""
    text = " ".join(word for word in words if word not in _AROUND)
    return _FROM_TODAY.get(text)


def _next_weekday(words: Sequence[str], today: date) -> date | None:
    """The next day with the name of a weekday: "sabtu", "hari sabtu besok". "Sabtu depan" can be either of two."""
    named = [_WEEKDAYS[word] for word in words if word in _WEEKDAYS]
    rest = [word for word in words if word not in _WEEKDAYS and word not in _ABOUT_DAY]
    if len(named) != 1 or rest:
        return None
    return today + timedelta(days=(named[0] - today.weekday() - 1) % 7 + 1)
