"""Who each row of a chunk belongs to: one look-up for the whole chunk, then row by row in the file's order."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.services.imports import statements as sql
from wabolt.contacts.services.imports.people import Person, Together, without_code
from wabolt.imports.registry import Rejection, Warning  # noqa: A004

Address = tuple[int, str, str]
"""(contact id, kind, value)"""


class Known(NamedTuple):
    """What the database knows of a chunk's addresses: owners by number and by code (None stands for no address and
    owns nothing), addresses of erased people, and numbers for contacts that may be new."""

    phones: dict[str | None, int]
    codes: dict[str | None, int]
    erased: set[tuple[str, str]]
    ids: list[int]


def look_up(workspace: Workspace, people: Sequence[Person], *, writing: bool = True) -> Known:
    """One look-up for a whole chunk; with `writing=False` (a chunk that is stored already) nobody new is expected."""
    phones, codes = _owners(workspace, people)
    strangers = [p for p in people if (p.phone not in phones if p.phone else p.code not in codes)]
    ids = _next_ids(len(strangers)) if writing else []
    return Known(phones, codes, erased_identities(workspace, _addresses(strangers)), ids)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier chunks of the file showed: who had a row (`met`), who had a number there (`numbered`), and the codes
    of several people (`shared`)."""

    met: Callable[[int], bool]
    numbered: Callable[[int], bool]
    shared: Container[str]


class Match:
    """The people of a chunk, by contact id in the order of their first row. Uses no database.

    `extra` are the addresses that known contacts get, and those that a new one gets beside its first row's. Two
    different numbers in one file are two people, whatever code they share: a code of several people names none of
    them, so it is left out of their rows (`shared`, with a warning).
    """

    def __init__(self, people: Sequence[Person], known: Known, earlier: Earlier) -> None:
        self.together: dict[int, Together] = {}
        self.rejections: list[Rejection] = []
        self.warnings: list[Warning] = []
        self.extra: list[Address] = []
        self.shared: set[str] = set()
        self.numbered: set[int] = set()
        self._earlier = earlier
        self._phones, self._codes, self._erased, ids = known
        self._ids = iter(ids)
        self._place(people)

    def owner(self, person: Person) -> int | None:
        """Whose row this is, once all rows have been placed; None for a refused one."""
        return self._phones.get(person.phone) or (None if person.phone else self._codes.get(person.code))

    def _place(self, people: Sequence[Person]) -> None:
        """Row by row, and nearly all are strangers in a first import: what is done for them is written out here."""
        phones, codes, together = self._phones, self._codes, self.together
        for person in people:
            phone, code = person.phone, person.code
            by_phone, by_code = phones.get(phone), codes.get(code)
            if by_phone is not None or by_code is not None:
                self._meet_again(person, by_phone, by_code)
            elif self._erased and not self._erased.isdisjoint((("phone", phone), ("code", code))):
                self.rejections.append(Rejection(person.row, person.cells, "erased", {}))
            elif (contact_id := next(self._ids, 0)) != 0:
                if phone:
                    phones[phone] = contact_id
                    self.numbered.add(contact_id)
                if code:
                    codes[code] = contact_id
                together[contact_id] = Together(contact_id, person, is_new=True, fill=False)

    def _meet_again(self, person: Person, by_phone: int | None, by_code: int | None) -> None:
        """Somebody the workspace or an earlier row knows, by number, by code or by both."""
        if person.code and self._is_shared(person, by_phone, by_code):
            self.warnings.append(Warning(person.row, "code:shared"))
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
        known = self.together.get(contact_id)
        if known is None:
            fill = self._earlier.met(contact_id)
            self.together[contact_id] = Together(contact_id, person, is_new=False, fill=fill)
            self._join(contact_id, person, by_phone, by_code)
        else:
            before = known.changed
            known.add(person)
            if self._join(contact_id, person, by_phone, by_code):
                known.changed = before + 1

    def _is_shared(self, person: Person, by_phone: int | None, by_code: int | None) -> bool:
        """Whether the row's code belongs to somebody who had another number in this file."""
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
        """Gives the contact the addresses nobody had; whether there was one."""
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
    """The known contacts among these people, by number or by code."""
    phones, codes = _owners(workspace, people)
    return {*phones.values(), *codes.values()}


def _owners(workspace: Workspace, people: Sequence[Person]) -> tuple[dict[str | None, int], dict[str | None, int]]:
    phones = _known(workspace, "phone", {p.phone for p in people if p.phone})
    return phones, _known(workspace, "code", {p.code for p in people if p.code})


def _known(workspace: Workspace, kind: str, values: set[str]) -> dict[str | None, int]:
    if not values:
        return {}
    connection.ensure_connection()
    # Django's own cursor writes the values into the statement, which the planner then weighs one by one.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql.KNOWN, [workspace.pk, kind, sql.SEPARATOR.join(values)], prepare=True)
        return dict(cursor.fetchall())


def _addresses(people: Sequence[Person]) -> Iterator[tuple[str, str]]:
    for person in people:
        if person.phone:
            yield "phone", person.phone
        if person.code:
            yield "code", person.code


def _next_ids(count: int) -> list[int]:
    """Numbers for contacts that may be new; the ones not used are lost, which a sequence does not mind."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.NEXT_IDS, [count])
        return [row[0] for row in cursor.fetchall()]
