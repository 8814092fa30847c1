"""Lines for COPY, formatted by hand and mostly in the parsing thread: a microsecond per row is a tenth of a second per
100,000 rows."""

from collections.abc import Sequence
from typing import Any

from wabolt.contacts.rules import search_text
from wabolt.contacts.services.imports.columns import members
from wabolt.lib.sql import copy_text

NULL = "\x01"
"""Represents NULL (statements.COPY_STAGE). Cleaned cells contain no control characters."""
_CELLS = 11
_NO_CITY = (None, None)


def known_part(
    phone: str | None,
    code: str | None,
    values: Sequence[Any],
    fields: Sequence[str | None],
    more: Sequence[str] = (),
) -> str:
    """Returns the columns of a line that follow from the row: phone to search. `values` are in the order of
    people.VALUES, `fields` are members of a JSON object, `more` are further addresses for the search text."""
    name, gender, birth_date, city, email, source, _consent, _tags, _note = values
    city_name, original = city or _NO_CITY
    cells = (
        phone or NULL,
        code or NULL,
        name or NULL,
        gender or NULL,
        birth_date.isoformat() if birth_date else NULL,
        city_name or NULL,
        original or NULL,
        email or NULL,
        source or NULL,
        members(fields) or NULL,
        search_text(name, city_name, email, (phone, code, *more)),
    )
    line = "\t".join(cells)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != _CELLS - 1:
        line = "\t".join(map(copy_text, cells))
    return line


def stage_line(row: int, contact_id: int, is_new: bool, fill: bool, consent: str | None, known: str) -> str:
    """Returns one line for COPY."""
    return f"{row}\t{contact_id}\t{'t' if is_new else 'f'}\t{'t' if fill else 'f'}\t{consent or NULL}\t{known}\n"
