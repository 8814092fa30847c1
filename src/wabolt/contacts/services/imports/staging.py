"""The chunk's people as lines for COPY. Written by hand, and as much of it as can be in the thread that parses: at a
hundred thousand rows every microsecond is a tenth of a second."""

from collections.abc import Sequence
from typing import Any

from wabolt.contacts.rules import search_text
from wabolt.contacts.services.imports.columns import members

NULL = "\x01"
"""What stands for NULL (statements.COPY_STAGE): no cell keeps a control character."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_CELLS = 11
_NO_CITY = (None, None)


def known_part(
    phone: str | None,
    code: str | None,
    values: Sequence[Any],
    fields: Sequence[str | None],
    more: Sequence[str] = (),
) -> str:
    """The columns of a line that follow from what a row says: phone ... fields, search. `values` in the order of
    people.VALUES, `fields` as members of a JSON object; `more`: further addresses for the search text."""
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
        line = "\t".join([cell.translate(_ESCAPES) for cell in cells])
    return line


def stage_line(row: int, contact_id: int, is_new: bool, fill: bool, consent: str | None, known: str) -> str:
    """One line of the COPY."""
    return f"{row}\t{contact_id}\t{'t' if is_new else 'f'}\t{'t' if fill else 'f'}\t{consent or NULL}\t{known}\n"
