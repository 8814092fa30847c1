"""Pure decisions about contacts: reading field values, filters of the list, search text and search patterns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from wabolt.lib.choices import parse_yes_no
from wabolt.lib.cities import other_spelling
from wabolt.lib.dates import parse_date
from wabolt.lib.money import parse_amount
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, fold, means_nothing

FieldValue = str | int | float | bool | None

PERSON_COLUMNS = ("name", "gender", "birth_date", "city", "email", "language", "source")
"""The columns of a contact that a member can fill in."""
REACHABLE_KINDS = ("phone", "lid", "bsuid", "username")
"""The kinds of addresses that a message can go to."""
MAX_FIELD_TEXT = 500
MAX_SEARCH = 80
MAX_WORDS = 6
LIMITS = {"name": 200, "city": 100, "email": 254, "source": 60, "language": 5, "code": 100, "tag": 60}


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the contact list. `marks`: {mark key: value} of the filters that other rooms registered."""

    q: str = ""
    tag: str = ""
    city: str = ""
    source: str = ""
    reach: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.q or self.tag or self.city or self.source or self.reach or self.marks)


def yes_or_no(value: object) -> bool | None:
    """Returns the boolean of a yes or no in Indonesian or English; None for anything else, also for an empty cell."""
    return {"yes": True, "no": False}.get(parse_yes_no(value))


def field_value(
    kind: str, value: object, choices: Sequence[str] = (), *, day_first: bool = True
) -> "FieldValue | Refusal":
    """Returns the typed value of a custom field for typed text; None for an empty text.

    Text and choices are returned as str, numbers as int or float, dates as ISO text, yes/no as bool. Refusals:
    `too_long`, `not_a_number`, `not_a_date` (or a code of `parse_date`), `not_a_choice`, `not_yes_or_no`.
    """
    if value is None or (isinstance(value, str) and means_nothing(value)):
        return None
    text = clean(str(value))
    if kind == "number":
        return _number(value, text)
    if kind == "date":
        return _date(value, text, day_first)
    if kind == "yes_no":
        answer = yes_or_no(value)
        return Refusal("not_yes_or_no", text) if answer is None else answer
    if kind == "choice":
        known = {fold(choice): choice for choice in choices}
        return known.get(fold(text), Refusal("not_a_choice", text))
    return Refusal("too_long", text[:50]) if len(text) > MAX_FIELD_TEXT else text


def _number(value: object, text: str) -> "int | float | Refusal":
    """Reads 1.234,5 and 1,234.5 and 1234.5: the last separator is the decimal one unless three digits follow it. What
    is no number is read as an amount: "Rp 150.000,-", "1,5jt"."""
    if isinstance(value, bool):
        return Refusal("not_a_number", text)
    if isinstance(value, int):
        number = Decimal(value)
    else:
        plain = text.replace(" ", "").removeprefix("Rp").removeprefix("rp")
        last = max(plain.rfind("."), plain.rfind(","))
        if last >= 0 and not isinstance(value, float):
            whole, rest = plain[:last].replace(".", "").replace(",", ""), plain[last + 1 :]
            thousands = len(rest) == 3 and whole.lstrip("-") not in {"", "0"}
            plain = whole + rest if thousands else f"{whole or '0'}.{rest}"
        try:
            number = Decimal(plain)
        except InvalidOperation:
            amount = parse_amount(text, allow_negative=True)
            if isinstance(amount, Refusal):
                return Refusal("not_a_number", text[:50])
            number = Decimal(amount)
    if not number.is_finite() or abs(number) >= 10**15:
        return Refusal("not_a_number", text[:50])
    return int(number) if number == number.to_integral_value() else float(number)


def _date(value: object, text: str, day_first: bool) -> "str | Refusal":
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    found = parse_date(text, day_first=day_first)
    return found if isinstance(found, Refusal) else found.isoformat()


def search_text(name: str | None, city: str | None, email: str | None, identities: Iterable[str | None]) -> str:
    """Returns the text that the search box searches. A space precedes every word, so that the start of a word can be
    matched. PostgreSQL lowers each character alone, and "İ" to one letter."""
    text = " " + " ".join(filter(None, (name, city, email, *identities)))
    return text.lower() if text.isascii() else "".join(char.lower() for char in text.replace("İ", "i"))


_DIGITS = re.compile(r"\+?[\d\s().-]{2,}")


def search_patterns(text: str, dial_code: str = "62") -> list[list[str]]:
    """Returns LIKE patterns for the search box: every group must match with at least one of its patterns.

    A number is searched as it is stored: 0812-34 also as +6281234. Words of one or two letters match only at the start
    of a word, because the trigram index cannot find them elsewhere. Another name of a city finds the city.
    """
    typed = fold(text)[:MAX_SEARCH]
    if _DIGITS.fullmatch(typed) and sum(map(str.isdigit, typed)) >= 3:
        digits = re.sub(r"\D", "", typed)
        forms = [digits]
        if digits.startswith("0") and len(digits.lstrip("0")) == len(digits) - 1:
            forms.append(f"+{dial_code}{digits[1:]}")
        return [[f"%{form}%" for form in forms]]
    return [
        [_pattern(form) for form in (word, other_spelling(word).lower()) if form] for word in typed.split()[:MAX_WORDS]
    ]


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if len(word) > 2 else f"% {escaped}%"
