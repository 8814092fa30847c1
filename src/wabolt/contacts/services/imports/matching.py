"""Decides which contact each row of a chunk belongs to: one look-up per chunk, then row by row in file order."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.services.imports import statements as sql
from wabolt.contacts.services.imports.people import CombinedRows, Person, without_code
from wabolt.imports.registry import CellWarning, Rejection
from wabolt.lib.phone_variants import COUNTRIES, variants

Address = tuple[int, str, str]
"""(contact id, kind, value)"""


class Known(NamedTuple):
    """The database's knowledge of the addresses of a chunk: owners by number and by code (the key None means a
    missing address and has no owner), addresses of erased people, and ids for new contacts."""

    phones: dict[str | None, int]
    codes: dict[str | None, int]
    erased: set[tuple[str, str]]
    ids: list[int]


def look_up(workspace: Workspace, people: Sequence[Person], *, writing: bool = True) -> Known:
    """Looks up a whole chunk. `writing=False` is for a chunk that is stored already: no ids for new contacts are
    reserved."""
    phones, codes = _owners(workspace, people)
    strangers = [p for p in people if (p.phone not in phones if p.phone else p.code not in codes)]
    ids = _next_ids(len(strangers)) if writing else []
    return Known(phones, codes, erased_identities(workspace, _addresses(strangers)), ids)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Facts from earlier chunks of the file: contacts with a row (`met`), contacts with a number in a row (`numbered`),
    and codes of several people (`shared`)."""

    met: Callable[[int], bool]
    numbered: Callable[[int], bool]
    shared: Container[str]


class Match:
    """The people of a chunk, by contact id in the order of their first row. Uses no database.

    `extra`: addresses that known contacts get, and further addresses of new contacts. Two different numbers in one file
    are always two people. A code that they share identifies none of them: it is removed from their rows (`shared`) with
    a warning.
    """

    def __init__(self, people: Sequence[Person], known: Known, earlier: Earlier) -> None:
        self.combined: dict[int, CombinedRows] = {}
        self.rejections: list[Rejection] = []
        self.warnings: list[CellWarning] = []
        self.extra: list[Address] = []
        self.shared: set[str] = set()
        self.numbered: set[int] = set()
        self._earlier = earlier
        self._phones, self._codes, self._erased, ids = known
        self._ids = iter(ids)
        self._place(people)

    def owner(self, person: Person) -> int | None:
        """Returns the contact id of a row after all rows were placed, None for a refused row."""
        return self._phones.get(person.phone) or (None if person.phone else self._codes.get(person.code))

    def _place(self, people: Sequence[Person]) -> None:
        """Places the rows in order. The case of a new person is inlined, because a first import consists of it."""
        phones, codes, combined = self._phones, self._codes, self.combined
        for person in people:
            phone, code = person.phone, person.code
            by_phone, by_code = phones.get(phone), codes.get(code)
            if by_phone is not None or by_code is not None:
                self._meet_again(person, by_phone, by_code)
            elif self._erased and not self._erased.isdisjoint(_ways(person)):
                self.rejections.append(Rejection(person.row, person.cells, "erased", {}))
            elif (contact_id := next(self._ids, 0)) != 0:
                if phone:
                    phones[phone] = contact_id
                    if phone.startswith(COUNTRIES):
                        phones.update(dict.fromkeys(variants(phone), contact_id))
                    self.numbered.add(contact_id)
                if code:
                    codes[code] = contact_id
                combined[contact_id] = CombinedRows(contact_id, person, is_new=True, fill=False)

    def _meet_again(self, person: Person, by_phone: int | None, by_code: int | None) -> None:
        """Places a row whose number or code belongs to a contact of the workspace or of an earlier row."""
        if person.code and self._is_shared(person, by_phone, by_code):
            self.warnings.append(CellWarning(person.row, "code:shared"))
            person = without_code(person)
            by_code = None
            if by_phone is None:
                self._place([person])
                return
        contact_id = by_phone if by_code is None else by_code
        if contact_id is None or (by_phone is not None and by_phone != contact_id):
            params = {"phone": person.phone, "code": person.code}
            self.rejections.append(Rejection(person.row, person.cells, "two_people", params))
            return
        known = self.combined.get(contact_id)
        if known is None:
            fill = self._earlier.met(contact_id)
            self.combined[contact_id] = CombinedRows(contact_id, person, is_new=False, fill=fill)
            self._join(contact_id, person, by_phone, by_code)
        else:
            before = known.changed
            known.add(person)
            if self._join(contact_id, person, by_phone, by_code):
                known.changed = before + 1

    def _is_shared(self, person: Person, by_phone: int | None, by_code: int | None) -> bool:
        """Whether the row's code belongs to a person who had another number in this file."""
        code = person.code or ""
        if not person.phone or by_phone == by_code:
            return False
        if code in self.shared or code in self._earlier.shared:
            return True
        if by_code is None or by_phone is not None:
            return False
        if by_code in self.numbered or self._earlier.numbered(by_code):
            self.shared.add(code)
            return True
        return False

    def _join(self, contact_id: int, person: Person, by_phone: int | None, by_code: int | None) -> bool:
        """Gives the contact those addresses of the row that have no owner. Returns whether there was one."""
        added = False
        if person.phone:
            self.numbered.add(contact_id)
        if person.phone and by_phone is None:
            self._phones[person.phone] = contact_id
            self.extra.append((contact_id, "phone", person.phone))
            added = True
        if person.code and by_code is None:
            self._codes[person.code] = contact_id
            self.extra.append((contact_id, "code", person.code))
            added = True
        return added


def owners(workspace: Workspace, people: Sequence[Person]) -> set[int]:
    """Returns the ids of the contacts that own a number or code of these people."""
    phones, codes = _owners(workspace, people)
    return {*phones.values(), *codes.values()}


def _owners(workspace: Workspace, people: Sequence[Person]) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """Returns the owners of the people's numbers and codes. A number in another national form finds the owner of its
    line, as an inbound message does (docs/adr/0021-address-variants.md)."""
    numbers = {p.phone for p in people if p.phone}
    phones = _known(workspace, "phone", numbers)
    lines = {n: variants(n)[1:] for n in numbers if n.startswith(COUNTRIES) and n not in phones}
    if lines:
        others = _known(workspace, "phone", {way for ways in lines.values() for way in ways})
        phones |= {n: others[way] for n, ways in lines.items() for way in ways if way in others}
    return phones, _known(workspace, "code", {p.code for p in people if p.code})


def _known(workspace: Workspace, kind: str, values: set[str]) -> dict[str | None, int]:
    if not values:
        return {}
    connection.ensure_connection()
    # Django's cursor would interpolate the values into the statement, and the planner would estimate each one.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql.KNOWN, [workspace.pk, kind, sql.SEPARATOR.join(values)], prepare=True)
        return dict(cursor.fetchall())


def _addresses(people: Sequence[Person]) -> Iterator[tuple[str, str]]:
    for person in people:
        yield from _ways(person)


def _ways(person: Person) -> Iterator[tuple[str, str]]:
    """Yields the code of a row, and its number in every national form."""
    if person.phone:
        for way in variants(person.phone) if person.phone.startswith(COUNTRIES) else (person.phone,):
            yield "phone", way
    if person.code:
        yield "code", person.code


def _next_ids(count: int) -> list[int]:
    """Reserves ids for contacts that may be new. Unused ids are lost, which is harmless in a sequence."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.NEXT_IDS, [count])
        return [row[0] for row in cursor.fetchall()]
