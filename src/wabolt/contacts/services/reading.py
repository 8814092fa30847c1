"""Readers of cells of files and forms: one function per target, which returns a value or a refusal."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from wabolt.contacts.models import Field
from wabolt.contacts.rules import LIMITS, field_value
from wabolt.lib.birthdays import FIRST_BIRTH, without_year
from wabolt.lib.choices import parse_gender, parse_permission
from wabolt.lib.cities import tidy_city
from wabolt.lib.dates import from_1904, parse_date
from wabolt.lib.names import tidy_name
from wabolt.lib.opt_outs import has_left, has_opted_out
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, means_nothing

_TAG_SIGNS = re.compile(r":::|[,;|\n]")
_OMITTED_YEAR = re.compile(r"(?:--|1604-)(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})")
_LIST_NUMBER = re.compile(r"^\s*[0-9]{1,4}\s*[.):-]\s*(?=[^\W\d])")
_NUMBER_IN_CELL = re.compile(r"(?<!\S)\S*wa\.me/\S+|\+?\(?\+?[0-9][0-9\s().-]{5,}[0-9]")
_EDGES = re.compile(r"^[\W_]+|(?<![\W_])[\W_]+\Z")
_NO_NAME = frozenset(
    [
        *("hp", "wa", "no", "nomor", "nomer", "telp", "telepon", "tel", "phone", "whatsapp", "kontak", "an", "a.n"),
        *("aktif", "tidak", "mati", "lama", "baru", "atau", "dan"),
    ]
)
"""Words that describe a number. They are no part of a name."""
_NAME_WORDS = 5
_SYSTEM_GROUP = "* "
"""Prefix of Google's own groups ("* myContacts"), which are no labels."""
MAX_TAGS = 20
MAX_NOTE = 4000

Reader = Callable[[str], Any]
"""Returns the value, None for an empty cell, or a Refusal: the cell is skipped and counted."""


class CityValue(NamedTuple):
    name: str
    original: str


def read_city(text: str) -> tuple[str, str]:
    """Returns (standard spelling of the city, text as written), two empty texts for an empty cell."""
    name = tidy_city(text)[: LIMITS["city"]]
    return (name, clean(text)[: LIMITS["city"]]) if name else ("", "")


def readers(fields: Sequence[Field], *, day_first: bool, today: date, date_1904: bool = False) -> dict[str, Reader]:
    """Returns a reader for every target of a contact import except phone and code. `date_1904`: the workbook counts
    days from 1904."""

    def birth_date(text: str) -> date | Refusal | None:
        if _OMITTED_YEAR.fullmatch(text.strip()):
            return _yearless(text, day_first) or Refusal("not_a_date", text)
        found = parse_date(
            from_1904(text) if date_1904 else text, day_first=day_first, not_before=FIRST_BIRTH, not_after=today
        )
        if isinstance(found, Refusal) and found.code == "no_year":
            return _yearless(text, day_first) or found
        return None if isinstance(found, Refusal) and found.code == "empty" else found

    found: dict[str, Reader] = {
        "name": read_name,
        "city": lambda text: CityValue(*city) if (city := read_city(text))[0] else None,
        "gender": read_gender,
        "birth_date": birth_date,
        "consent": read_consent,
        "opt_out": read_opt_out,
        "source": lambda text: None if means_nothing(text) else clean(text)[: LIMITS["source"]],
        "email": read_email,
        "tags": read_tags,
        "note": read_note,
    }
    for field in fields:
        found[f"field:{field.key}"] = _field_reader(field, day_first, date_1904)
    return found


def _yearless(text: str, day_first: bool) -> date | None:
    """The birthday in "17 Agustus", "17/08" or "--08-17" (address books), without a year."""
    if omitted := _OMITTED_YEAR.fullmatch(text.strip()):
        text, day_first = f"{omitted['day']}/{omitted['month']}", True
    tried = (parse_date(f"{text}{joint}2004", day_first=day_first) for joint in (" ", "/", "-"))
    return next((without_year(found) for found in tried if not isinstance(found, Refusal)), None)


def read_name(text: str) -> str | None:
    """Returns the name with tidy capitals."""
    return tidy_name(text)[: LIMITS["name"]] or None


def read_name_of_list(text: str) -> str | None:
    """Returns the name in a cell with name and number: "1. Ayu - 0812 1000 0001"."""
    rest = _NUMBER_IN_CELL.sub(" ", _LIST_NUMBER.sub("", text))
    words = [word for part in rest.split() if (word := _EDGES.sub("", part)) and word.lower() not in _NO_NAME]
    name = " ".join(words)
    return read_name(name) if len(words) <= _NAME_WORDS and not any(map(str.isdigit, name)) else None


def read_gender(text: str) -> str | Refusal | None:
    """Returns "female" or "male"."""
    answer = parse_gender(text)
    if answer == "unknown":
        return None if means_nothing(text) else Refusal("unreadable", text)
    return answer


def read_consent(text: str) -> str | Refusal | None:
    """Returns "yes", "no", or "out" for a person who has left the promotions. An unclear answer is a refusal."""
    answer = parse_permission(text)
    if answer == "no" and has_left(text):
        return "out"
    if answer == "unknown":
        return None if means_nothing(text) else Refusal("unreadable", text)
    return answer


def read_opt_out(text: str, *, denied: bool = False) -> str | Refusal | None:
    """Returns "out" for a person who has left the promotions, None for others. `denied`: see `has_opted_out`."""
    answer = has_opted_out(text, denied=denied)
    if answer == "unknown":
        return Refusal("unreadable", text)
    return "out" if answer == "yes" else None


def read_email(text: str) -> str | Refusal | None:
    """Returns a valid e-mail address."""
    if means_nothing(text):
        return None
    address = clean(text)
    try:
        validate_email(address)
    except ValidationError:
        return Refusal("unreadable", address)
    return address if len(address) <= LIMITS["email"] else Refusal("too_long", address)


def read_tags(text: str) -> tuple[str, ...] | Refusal | None:
    """Returns labels separated by comma, semicolon, line or ":::" (Google Contacts)."""
    names = tuple(
        dict.fromkeys(
            name
            for part in _TAG_SIGNS.split(text)
            if not means_nothing(name := clean(part)) and not name.startswith(_SYSTEM_GROUP)
        )
    )
    if len(names) > MAX_TAGS or any(len(name) > LIMITS["tag"] for name in names):
        return Refusal("too_long", text)
    return names or None


def read_note(text: str) -> str | None:
    """Returns the text with its line breaks."""
    if means_nothing(text):
        return None
    return "\n".join(clean(line) for line in text.splitlines()).strip()[:MAX_NOTE] or None


def _field_reader(field: Field, day_first: bool, date_1904: bool) -> Reader:
    kind, choices = field.kind, tuple(field.choices)
    shifted = date_1904 and kind == Field.Kind.DATE

    def read(text: str) -> Any:
        return field_value(kind, from_1904(text) if shifted else text, choices, day_first=day_first)

    return read


as_json = json.JSONEncoder(ensure_ascii=False).encode
"""Returns a value as JSON text."""
