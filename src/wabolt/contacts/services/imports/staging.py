"""The chunk's people as lines for COPY. Written by hand: at a hundred thousand rows a second every call counts."""

from collections.abc import Iterable, Mapping, Sequence

from wabolt.contacts.rules import search_text
from wabolt.contacts.services.imports.people import CITY, CONSENT, Together
from wabolt.contacts.services.reading import as_json

NULL = "\x01"
"""What stands for NULL (statements.COPY_STAGE): no cell keeps a control character."""
COLUMNS = 16
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def stage_lines(
    people: Iterable[Together], more: Mapping[int, Sequence[str]], granted: Mapping[int, str | None]
) -> str:
    """The text of a COPY. `more`: further addresses of a contact, for the search text; `granted`: what counts of what
    a person said about promotions, where that is not what the row says."""
    return "".join([_line(t, more, granted) for t in people])


def _line(t: Together, more: Mapping[int, Sequence[str]], granted: Mapping[int, str | None]) -> str:
    name, gender, birth_date, city, email, source = t.values[: CITY + 3]
    person, contact_id = t.person, t.contact_id
    consent = granted[contact_id] if contact_id in granted else t.values[CONSENT]
    city_name, original = city or (None, None)
    search = None
    if t.is_new:
        addresses = [person.phone or "", person.code or "", *more.get(contact_id, ())]
        search = search_text(name or "", city_name or "", email or "", addresses)
    cells = (
        str(person.row),
        str(contact_id),
        "t" if t.is_new else "f",
        "t" if t.fill else "f",
        consent or NULL,
        person.phone or NULL,
        person.code or NULL,
        name or NULL,
        gender or NULL,
        birth_date.isoformat() if birth_date else NULL,
        city_name or NULL,
        original or NULL,
        email or NULL,
        source or NULL,
        as_json(t.fields) if t.fields else NULL,
        search or NULL,
    )
    line = "\t".join(cells)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != COLUMNS - 1:
        line = "\t".join([cell.translate(_ESCAPES) for cell in cells])
    return line + "\n"
