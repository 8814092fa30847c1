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
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, means_nothing

_TAG_SIGNS = re.compile(r":::|[,;|\n]")
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
        "source": lambda text: None if means_nothing(text) else clean(text)[: LIMITS["source"]],
        "email": read_email,
        "tags": read_tags,
        "note": read_note,
    }
    for field in fields:
        found[f"field:{field.key}"] = _field_reader(field, day_first, date_1904)
    return found


def _yearless(text: str, day_first: bool) -> date | None:
    """The birthday in "17 Agustus" or "17/08", without a year."""
    tried = (parse_date(f"{text}{joint}2004", day_first=day_first) for joint in (" ", "/", "-"))
    return next((without_year(found) for found in tried if not isinstance(found, Refusal)), None)


def read_name(text: str) -> str | None:
    """Returns the name with tidy capitals."""
    return tidy_name(text)[: LIMITS["name"]] or None


def read_gender(text: str) -> str | Refusal | None:
    """Returns "female" or "male"."""
    answer = parse_gender(text)
    if answer == "unknown":
        return None if means_nothing(text) else Refusal("unreadable", text)
    return answer


def read_consent(text: str) -> str | Refusal | None:
    """Returns "yes" or "no". An unclear answer is a refusal."""
    answer = parse_permission(text)
    if answer == "unknown":
        return None if means_nothing(text) else Refusal("unreadable", text)
    return answer


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
