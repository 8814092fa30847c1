"""Parses rows of contacts. The rows of one person become one contact, and an empty cell never overwrites a value.

A row's owner is found by its code and its number, among the contacts of the workspace and earlier rows of the file. If
neither is known, the row is a new contact. If one is known, the row belongs to that contact and the other address is
added. If they belong to two contacts, the row is refused: only a member may merge contacts.

Among rows of one person the first one decides and later rows fill empty values, so that importing a file twice changes
nothing. A filled cell replaces an older value of the database. A name never becomes shorter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

from wabolt.contacts.models import Field
from wabolt.contacts.services.imports.columns import FIELD, Column
from wabolt.contacts.services.imports.staging import known_part
from wabolt.contacts.services.reading import read_name_of_list, read_opt_out, readers
from wabolt.imports.models import Import
from wabolt.imports.registry import CellWarning, Rejection, Row
from wabolt.lib import clock
from wabolt.lib.opt_outs import denies_opt_out
from wabolt.lib.phone_cells import dialled
from wabolt.lib.phones import parse_phones
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, is_rounded, means_nothing, plain_cell

VALUES = ("name", "gender", "birth_date", "city", "email", "source", "consent", "tags", "note")
NAME, CITY, EMAIL, CONSENT, TAGS, NOTE = (
    VALUES.index(key) for key in ("name", "city", "email", "consent", "tags", "note")
)
CODE_LENGTH = 100
_ANSWERS = ("yes", "no", "out")
"""Answers about permission. A later one overrides an earlier one. "out": the person has left the promotions."""
NAME_PARTS = ("first_name", "middle_name", "last_name")


class Person(NamedTuple):
    """An accepted row; None means an empty value. `values` are in the order of VALUES. `fields` (members of a JSON
    object, see columns.Column) are in the order of the parser's custom fields."""

    row: int
    cells: list[str]
    phone: str | None
    code: str | None
    values: tuple[Any, ...]
    fields: tuple[str | None, ...]
    line: str
    """The result of staging.known_part for this row alone."""


def without_code(person: Person) -> Person:
    """Returns the row without its code, because several people share it."""
    line = known_part(person.phone, None, person.values, person.fields)
    return person._replace(code=None, line=line)


@dataclass(slots=True)
class Parsed:
    """A parsed chunk, in file order."""

    people: list[Person] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)


def is_list_of_names_and_numbers(imported: Import) -> bool:
    """Whether the file is a list with name and number in one column, as people paste it from a chat."""
    return len(imported.columns) == 1 and list(imported.mapping.values()) == ["phone"]


class Parser:
    """Parses rows by an import's mapping. It has no database connection, because it runs in a thread of its own.

    It works column by column, so that a value that occurs in a thousand rows is parsed once.
    """

    def __init__(self, imported: Import, fields: Sequence[Field]) -> None:
        today = clock.now().astimezone(imported.workspace.tz).date()
        mapping = {target: int(index) for index, target in imported.mapping.items() if target != "ignore"}
        self._phones_at = [mapping[key] for key in ("phone", "phone2", "phone3") if key in mapping]
        self._dial_code = mapping.get("dial_code")
        self._code = mapping.get("code")
        self._name, self._parts = mapping.get("name"), [mapping[key] for key in NAME_PARTS if key in mapping]
        if self._parts:
            mapping["name"] = mapping.get("name", self._parts[0])
        all_readers = readers(
            fields,
            day_first=bool(imported.options.get("day_first", True)),
            today=today,
            date_1904=bool(imported.options.get("date_1904")),
        )
        if "opt_out" in mapping and denies_opt_out(str(imported.columns[mapping["opt_out"]])):
            all_readers["opt_out"] = partial(read_opt_out, denied=True)
        self._columns = [
            Column(target, index, all_readers[target]) for target, index in mapping.items() if target in all_readers
        ]
        if is_list_of_names_and_numbers(imported):
            self._columns.append(Column("name", mapping["phone"], read_name_of_list))
        self._country = imported.workspace.country

    def __call__(self, rows: Sequence[Row]) -> Parsed:
        """Every row ends in `people` or in `rejections`."""
        parsed = Parsed()
        if not rows:
            return parsed
        cells = list(zip(*(cells for _number, cells in rows), strict=True))
        warned: list[CellWarning] = []
        columns = {column.target: column.read(self._cells(column, cells), rows, warned) for column in self._columns}
        nothing = [None] * len(rows)
        if "opt_out" in columns:
            unclear = {row for row, code in warned if code.startswith("opt_out:")}
            said_yes_or_no = columns.get("consent", nothing)
            columns["consent"] = [
                out or (None if said == "yes" and row[0] in unclear else said)
                for row, out, said in zip(rows, columns["opt_out"], said_yes_or_no, strict=True)
            ]
        values = zip(*(columns.get(key, nothing) for key in VALUES), strict=True)
        field_columns = [column for target, column in columns.items() if target.startswith(FIELD)]
        fields: Iterable[tuple[str | None, ...]] = zip(*field_columns, strict=True) if field_columns else repeat(())
        people, rejections = parsed.people, parsed.rejections
        phones, codes = self._phones(cells, len(rows)), self._codes(cells, len(rows))
        for row, phone, code, said, members in zip(rows, phones, codes, values, fields, strict=False):
            number = None if phone.__class__ is Refusal else phone.e164
            if (number is None or code is not None) and (
                refused := _refusal(phone, code, coded=self._code is not None)
            ) is not None:
                rejections.append(Rejection(*row, *refused))
                continue
            line = known_part(number, code, said, members)
            people.append(Person(*row, number, code, said, members, line))
        if self._phones_at:
            warned += [
                CellWarning(row[0], "phone:several_numbers")
                for row, phone in zip(rows, phones, strict=True)
                if phone.__class__ is not Refusal and phone.others
            ]
        if warned and rejections:
            refused_rows = {rejection.row for rejection in rejections}
            warned = [warning for warning in warned if warning.row not in refused_rows]
        parsed.warnings = warned
        return parsed

    def _cells(self, column: Column, cells: Sequence[Sequence[str]]) -> Sequence[str]:
        """Returns the cells of a column. Cells of the name are combined from its parts where the whole name is
        empty."""
        if column.target != "name" or not self._parts:
            return cells[column.index]
        whole = repeat("") if self._name is None else cells[self._name]
        parts = zip(*(cells[index] for index in self._parts), strict=True)
        return [
            name if name.strip() else " ".join(part for part in said if not means_nothing(part))
            for name, said in zip(whole, parts, strict=False)
        ]

    def _phones(self, cells: Sequence[Sequence[str]], count: int) -> Sequence[Any]:
        if not self._phones_at:
            return [Refusal("empty")] * count
        first, *more = (cells[index] for index in self._phones_at)
        if self._dial_code is not None:
            first = [dialled(*pair) for pair in zip(cells[self._dial_code], first, strict=True)]
        if more:
            # Treated as one cell with several numbers: the first mobile number wins.
            first = tuple(
                " / ".join(cell for cell in several if not means_nothing(cell))
                for several in zip(first, *more, strict=True)
            )
        return parse_phones(first, self._country)

    def _codes(self, cells: Sequence[Sequence[str]], count: int) -> Sequence[str | None]:
        if self._code is None:
            return [None] * count
        # Most codes consist of digits and need no cleaning.
        return [
            cell if cell.isdigit() and cell.isascii() else None if means_nothing(cell) else clean(plain_cell(cell))
            for cell in cells[self._code]
        ]


def _refusal(phone: Any, code: str | None, *, coded: bool) -> tuple[str, Mapping[str, Any]] | None:
    """Returns why a row is refused: an invalid number (an empty cell is accepted with a code), or no address at all.
    None for an accepted row. `coded`: a column of the file has the customer codes."""
    if phone.__class__ is Refusal:
        if phone.code != "empty":
            return f"phone_{phone.code}", {"text": phone.text}
        if code is None:
            return no_address(phone.text, coded=coded)
    if code is not None and len(code) > CODE_LENGTH:
        return "code_too_long", {}
    if code is not None and is_rounded(code):
        # Rounding makes the codes of two customers equal.
        return "code_rounded", {"text": code}
    return None


def no_address(written: str, *, coded: bool) -> tuple[str, Mapping[str, Any]]:
    """Returns code and params of the reason for a row without any address. `written` is the cell of the number: a
    word such as "tidak ada" is quoted, because the person who wrote it does not see an empty cell."""
    shown = clean(written)
    if any(char.isalpha() for char in shown):
        return "no_number", {"text": shown}
    return "no_identity" if coded else "phone_empty", {}


class CombinedRows:
    """The combined rows of one person. `fill`: an earlier chunk of this file had a row of this person, so only empty
    values are filled."""

    __slots__ = ("changed", "contact_id", "fields", "fill", "is_new", "later", "notes", "person", "tags", "values")

    def __init__(self, contact_id: int, person: Person, *, is_new: bool, fill: bool) -> None:
        self.contact_id, self.person, self.is_new, self.fill = contact_id, person, is_new, fill
        self.values: Sequence[Any] = person.values
        self.fields: Sequence[str | None] = person.fields
        self.tags: Sequence[str] = person.values[TAGS] or ()
        self.notes: Sequence[str] = (person.values[NOTE],) if person.values[NOTE] else ()
        self.later = 0
        self.changed = 0

    def line(self, more: Sequence[str]) -> str:
        """Returns staging.known_part of all rows together; `more`: addresses that the first row does not have."""
        if not self.later and not more:
            return self.person.line
        return known_part(self.person.phone, self.person.code, self.values, self.fields, more)

    def add(self, person: Person) -> None:
        """Adds another row of the same person: fills empty values, takes a longer name, and takes any "no" to
        promotions."""
        changed = False
        values = self.values = list(self.values)
        for place, new in enumerate(person.values[:TAGS]):
            known = values[place]
            if new is None or new == known:
                continue
            better = known is None or (place == NAME and extends(new, known))
            if better or (place == CONSENT and _ANSWERS.index(new) > _ANSWERS.index(known)):
                values[place] = new
                changed = changed or place != CONSENT
        fields = tuple(new if known is None else known for new, known in zip(person.fields, self.fields, strict=True))
        if fields != self.fields:
            self.fields = fields
            changed = True
        for name in person.values[TAGS] or ():
            if name not in self.tags:
                self.tags = (*self.tags, name)
                changed = True
        note = person.values[NOTE]
        if note and note not in self.notes:
            self.notes = (*self.notes, note)
            changed = True
        self.later += 1
        self.changed += changed


def extends(name: str, shorter: str) -> bool:
    """Whether a name continues the shorter one: "Ani Santoso" extends "ani"."""
    return name.lower().startswith(shorter.lower() + " ")
