"""Counts the rows of a file that would be joined into one contact, before anything is stored."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services.imports.matching import Earlier, Known, Match, look_up
from wabolt.contacts.services.imports.people import NAME, NAME_PARTS, Person
from wabolt.contacts.services.imports.scanning import Scan
from wabolt.imports.models import Import
from wabolt.lib.tables import TableError

COUNTED = 20_000
"""Maximum number of rows that are counted, because the page waits for the result."""
EXAMPLES = 3
_USED = frozenset({"phone", "phone2", "phone3", "dial_code", "code", "name", *NAME_PARTS})
_SHARED = 0.1
"""Share of people with another person's code above which a column is not a customer code."""


class Example(NamedTuple):
    """A person with several rows."""

    name: str
    rows: tuple[int, ...]


class Joins(NamedTuple):
    """`rows`: number of rows that repeat a person. `examples`: up to three of these people. `sharing`: number of people
    whose code belongs to a person with another number, out of `people` with a code. `moved`: number of rows whose code
    belongs to a contact of the shop with another number, and `moves` up to three of them. `whole`: the whole file was
    counted."""

    rows: int = 0
    examples: tuple[Example, ...] = ()
    sharing: int = 0
    people: int = 0
    moved: int = 0
    moves: tuple[Example, ...] = ()
    whole: bool = True

    @property
    def is_code_shared(self) -> bool:
        """Whether people share codes, so that the column is not a customer code."""
        return self.sharing > _SHARED * self.people


def count_joins(imported: Import) -> Joins:
    """Counts the first `COUNTED` rows. Returns an empty result for a file that cannot be read."""
    mapping = tuple(sorted((index, target) for index, target in imported.mapping.items() if target in _USED))
    newest = Identity.objects.filter(workspace=imported.workspace).order_by("-pk").values_list("pk", flat=True).first()
    return _count(imported.pk, imported.sha256, str(imported.options.get("sheet", "")), mapping, newest)


@lru_cache(maxsize=16)
def _count(
    import_id: int, _sha256: str, _sheet: str, mapping: tuple[tuple[str, str], ...], _newest: int | None
) -> Joins:
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
    examples = tuple(Example(_called(one[0]), tuple(person.row for person in one[:5])) for one in several[:EXAMPLES])
    coded = {person.phone or person.row for person in people if person.code}
    warned = {warning.row for warning in match.warnings}
    sharing = {person.phone for person in people if person.row in warned}
    moves = _moves(trial.workspace, people)
    rows = sum(len(found) - 1 for found in several)
    shown = _examples(trial.workspace, moves[:EXAMPLES])
    return Joins(rows, examples, len(sharing), len(coded), len(moves), shown, scan.whole)


def _called(person: Person) -> str:
    return str(person.values[NAME] or person.phone or person.code)


def _moves(workspace: Workspace, people: Sequence[Person]) -> list[tuple[Person, int]]:
    """The rows with a new number and a code of a contact that has another number, with the contact's id."""
    coded = [person for person in people if person.phone and person.code]
    known = look_up(workspace, coded, writing=False)
    owners = {known.codes[person.code] for person in coded if person.code in known.codes}
    numbered = set(
        Identity.objects.filter(workspace=workspace, kind="phone", contact__in=owners).values_list("contact", flat=True)
    )
    return [
        (person, known.codes[person.code])
        for person in coded
        if person.phone not in known.phones and known.codes.get(person.code) in numbered
    ]


def _examples(workspace: Workspace, moves: Sequence[tuple[Person, int]]) -> tuple[Example, ...]:
    owners = Contact.objects.filter(workspace=workspace, pk__in=[owner for _person, owner in moves])
    names = dict(owners.values_list("pk", "name"))
    return tuple(
        Example(f"{_called(person)} → {names.get(owner) or person.code}", (person.row,)) for person, owner in moves
    )
