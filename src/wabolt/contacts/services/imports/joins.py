"""Counts the rows of a file that would be joined into one contact, before anything is stored."""

from functools import lru_cache
from typing import NamedTuple

from wabolt.contacts.services.imports.matching import Earlier, Known, Match
from wabolt.contacts.services.imports.people import NAME, NAME_PARTS, Person
from wabolt.contacts.services.imports.scanning import Scan
from wabolt.imports.models import Import
from wabolt.lib.tables import TableError

COUNTED = 20_000
"""Maximum number of rows that are counted, because the page waits for the result."""
EXAMPLES = 3
_USED = frozenset({"phone", "phone2", "phone3", "code", "name", *NAME_PARTS})
_SHARED = 0.1
"""Share of people with another person's code above which a column is not a customer code."""


class Example(NamedTuple):
    """A person with several rows."""

    name: str
    rows: tuple[int, ...]


class Joins(NamedTuple):
    """`rows`: number of rows that repeat a person. `examples`: up to three of these people. `sharing`: number of people
    whose code belongs to a person with another number, out of `people` with a code. `whole`: the whole file was
    counted."""

    rows: int = 0
    examples: tuple[Example, ...] = ()
    sharing: int = 0
    people: int = 0
    whole: bool = True

    @property
    def code_names_nobody(self) -> bool:
        """Whether the column of codes is not a customer code."""
        return self.sharing > _SHARED * self.people


def count_joins(imported: Import) -> Joins:
    """Counts the first `COUNTED` rows. Returns an empty result for a file that cannot be read."""
    mapping = tuple(sorted((index, target) for index, target in imported.mapping.items() if target in _USED))
    return _count(imported.pk, imported.sha256, str(imported.options.get("sheet", "")), mapping)


@lru_cache(maxsize=16)
def _count(import_id: int, _sha256: str, _sheet: str, mapping: tuple[tuple[str, str], ...]) -> Joins:
    """Cached: a workbook takes seconds to open, and the page asks again after every change."""
    trial = Import.objects.select_related("workspace").get(pk=import_id)
    trial.mapping = dict(mapping)
    scan = Scan(trial, _USED, COUNTED)
    try:
        people = [person for found in scan for person in found]
    except TableError:
        return Joins()
    nobody = Earlier(met=lambda _id: False, numbered=lambda _id: False, shared=())
    match = Match(people, Known({}, {}, set(), list(range(1, len(people) + 1))), nobody)
    rows_of: dict[int, list[Person]] = {}
    for person in people:
        owner = match.owner(person)
        if owner is not None:
            rows_of.setdefault(owner, []).append(person)
    several = [found for found in rows_of.values() if len(found) > 1]
    examples = tuple(
        Example(
            str(found[0].values[NAME] or found[0].phone or found[0].code), tuple(person.row for person in found[:5])
        )
        for found in several[:EXAMPLES]
    )
    coded = {person.phone or person.row for person in people if person.code}
    warned = {warning.row for warning in match.warnings}
    sharing = {person.phone for person in people if person.row in warned}
    return Joins(sum(len(found) - 1 for found in several), examples, len(sharing), len(coded), scan.whole)
