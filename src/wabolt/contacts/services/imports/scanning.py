"""Reads the columns that decide about people from a file, in bounded memory, before anything is stored."""

from collections.abc import Iterator
from copy import copy
from itertools import islice

from wabolt.contacts.services.imports.people import Parser, Person
from wabolt.imports.models import Import
from wabolt.imports.services import open_file

_AT_ONCE = 5_000
_LONGEST = 500
"""Characters of a cell that are read: numbers, codes, names and answers are shorter."""


class Scan:
    """Iterates over lists of people, from the first `limit` rows. Only columns with a target in `wanted` are kept.

    `whole` tells after the iteration whether the file has no further rows. Raises TableError.
    """

    def __init__(self, imported: Import, targets: frozenset[str], limit: int) -> None:
        self.whole = False
        self._limit = limit
        mapping = [(int(index), target) for index, target in imported.mapping.items() if target in targets]
        self._kept = [index for index, _target in mapping]
        self._imported = imported
        trial = copy(imported)
        trial.mapping = {str(place): target for place, (_index, target) in enumerate(mapping)}
        left = [index for index in range(len(imported.columns)) if index not in self._kept]
        trial.columns = [imported.columns[index] for index in (*self._kept, *left)]
        self._parser = Parser(trial, [])

    def __iter__(self) -> Iterator[list[Person]]:
        with open_file(self._imported) as table:
            width, rows, read = len(table.columns), table.rows(), 0
            while read < self._limit:
                chunk = [
                    (number, [cells[index][:_LONGEST] for index in self._kept] if len(cells) == width else None)
                    for number, cells in islice(rows, min(_AT_ONCE, self._limit - read))
                ]
                if not chunk:
                    break
                read += len(chunk)
                yield self._parser([(number, cells) for number, cells in chunk if cells is not None]).people
            self.whole = next(rows, None) is None
