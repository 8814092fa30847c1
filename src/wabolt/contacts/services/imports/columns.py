"""One column of a file. Each distinct cell is parsed once."""

from collections.abc import Callable, Sequence
from typing import Any

from wabolt.contacts.services.reading import Reader, as_json
from wabolt.imports.registry import CellWarning, Row
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import plain_cell

FIELD = "field:"
_REMEMBERED = 20_000
_SHORT = 80
"""Cells longer than this are notes: they rarely repeat, and caching them costs memory."""


class Column:
    """A column: its target, its index in the file, and the reader of its cells.

    The value of a custom field is returned as a member of a JSON object, `"size": "XL"`, because it is stored that way.
    """

    def __init__(self, target: str, index: int, read: Reader) -> None:
        self.target, self.index = target, index
        self._known = _Known(_member(target.removeprefix(FIELD), read) if target.startswith(FIELD) else read)

    def read(self, cells: Sequence[str], rows: Sequence[Row], warned: list[CellWarning]) -> list[Any]:
        """Returns the value of every cell, None for an empty one. A cell that cannot be parsed adds a warning to
        `warned`."""
        values = list(map(self._known.__getitem__, cells))
        if not self._known.refusing:
            return values
        for place, value in enumerate(values):
            if value.__class__ is Refusal:
                warned.append(CellWarning(rows[place][0], f"{self.target}:{value.code}"))
                values[place] = None
        return values


class _Known(dict[str, Any]):
    """A cache of parsed cells. `refusing`: at least one cell could not be parsed."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read
        self.refusing = False

    def __missing__(self, cell: str) -> Any:
        value = self._read(plain_cell(cell)) if cell else None
        if value.__class__ is Refusal:
            self.refusing = True
        if len(cell) <= _SHORT:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[cell] = value
        return value


def _member(key: str, read: Reader) -> Reader:
    name = as_json(key)

    def member(cell: str) -> Any:
        value = read(cell)
        return value if value is None or value.__class__ is Refusal else f"{name}: {as_json(value)}"

    return member


def members(fields: Sequence[str | None]) -> str | None:
    """Returns the JSON object of these members, None if there are none."""
    said = [member for member in fields if member is not None]
    return "{" + ", ".join(said) + "}" if said else None
