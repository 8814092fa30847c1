"""One column of a file, understood cell by cell, each different cell once."""

from collections.abc import Callable, Sequence
from typing import Any

from wabolt.contacts.services.reading import Reader, as_json
from wabolt.imports.registry import Row, Warning  # noqa: A004
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import plain_cell

FIELD = "field:"
_REMEMBERED = 20_000
_SHORT = 80
"""Longer cells are notes: they do not come twice, and remembering them takes memory."""


class Column:
    """What the column is (`target`), where it stands in the file (`index`), and how its cells are read.

    The value of a custom field comes out as a member of a JSON object, `"size": "XL"`: so it is stored.
    """

    def __init__(self, target: str, index: int, read: Reader) -> None:
        self.target, self.index = target, index
        self._known = _Known(_member(target.removeprefix(FIELD), read) if target.startswith(FIELD) else read)

    def read(self, cells: Sequence[str], rows: Sequence[Row], warned: list[Warning]) -> list[Any]:
        """The value of every cell, None where it says nothing; a cell that was not understood goes to `warned`."""
        values = list(map(self._known.__getitem__, cells))
        if not self._known.refusing:
            return values
        for place, value in enumerate(values):
            if value.__class__ is Refusal:
                warned.append(Warning(rows[place][0], f"{self.target}:{value.code}"))
                values[place] = None
        return values


class _Known(dict[str, Any]):
    """The meaning of each cell met so far; reads the one it does not know. `refusing`: one of them meant nothing."""

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
    """The JSON object of these members, None where there are none."""
    said = [member for member in fields if member is not None]
    return "{" + ", ".join(said) + "}" if said else None
