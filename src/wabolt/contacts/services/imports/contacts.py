"""Storing parsed contacts: one COPY and a handful of statements a chunk, whatever the number of people."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import errors as pg

from wabolt.contacts import signals
from wabolt.contacts.models import ErasedIdentity, Field, Import
from wabolt.contacts.rules import erased_digest, search_text
from wabolt.contacts.services.identities import refresh_search
from wabolt.contacts.services.imports import statements as sql
from wabolt.contacts.services.imports.idset import IdSet
from wabolt.contacts.services.imports.people import (
    CITY,
    CONSENT,
    Parsed,
    Parser,
    Person,
    Together,
    stored_city,
)
from wabolt.contacts.services.imports.races import LostRaceError
from wabolt.contacts.services.imports.registry import ChunkResult, Rejection, Row
from wabolt.contacts.services.reading import as_json
from wabolt.contacts.services.tags import ensure_tags
from wabolt.lib import clock

SEARCHED = {"name", "city", "email", "phone", "code"}


class ContactSession:
    """One run of a contact import (registry.Session)."""

    def __init__(self, imported: Import) -> None:
        self.imported, self.workspace = imported, imported.workspace
        self.parse_rows = Parser(imported, list(Field.objects.filter(workspace=self.workspace)))
        self.granting = bool(imported.options.get("consent_statement"))
        self.source = str(imported.options.get("source") or "")
        self.tags = [str(name) for name in imported.options.get("tags") or ()]
        self.met, self.refusing = IdSet(), IdSet()
        self._met_now: list[int] = []
        self._refusing_now: list[int] = []
        with connection.cursor() as cursor:
            cursor.execute(sql.CREATE_STAGE)

    def parse(self, rows: Sequence[Row]) -> Parsed:
        return self.parse_rows(rows)

    def write(self, parsed: Parsed) -> ChunkResult:
        with connection.cursor() as cursor:
            cursor.execute(sql.LOCK, [f"contacts.import:{self.workspace.pk}"])
        match = _Match(self, parsed)
        together = list(match.together.values())
        result = ChunkResult(rejections=parsed.rejections + match.rejections, warnings=list(parsed.warnings))
        self._met_now = [t.contact_id for t in together]
        self._refusing_now = [t.contact_id for t in together if t.values[CONSENT] == "no"]
        if together:
            self._stage(together, match.new_addresses)
            touched = self._store(together, match.new_addresses)
            _count(result, together, touched)
            answers = signals.contacts_staged.send(sender=Import, imported=self.imported, table="import_stage")
            result.consents = sum(int(answer or 0) for _receiver, answer in answers)
        return result

    def committed(self) -> None:
        self.met.update(self._met_now)
        self.refusing.update(self._refusing_now)

    def replay(self, parsed: Parsed) -> None:
        match = _Match(self, parsed, writing=False)
        self.met.update(match.together)
        self.refusing.update(t.contact_id for t in match.together.values() if t.values[CONSENT] == "no")

    def _stage(self, together: Sequence[Together], addresses: Sequence[tuple[int, str, str]]) -> None:
        """Puts the chunk's people into the temporary table."""
        values_of: dict[int, list[str]] = {}
        for contact_id, _kind, value in addresses:
            values_of.setdefault(contact_id, []).append(value)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE import_stage")
            with cursor.copy(sql.COPY_STAGE) as copy:
                for t in together:
                    city, original = stored_city(t.values[CITY])
                    name, gender, birth_date, _city, email, source = t.values[:6]
                    search = (
                        search_text(name or "", city or "", email or "", values_of.get(t.contact_id, ()))
                        if t.is_new
                        else None
                    )
                    copy.write_row(
                        (
                            t.person.row, t.contact_id, t.is_new, t.fill, self._consent(t), t.person.phone,
                            t.person.code, name, gender, birth_date, city, original, email, source,
                            as_json(t.fields) if t.fields else None, search,
                        )
                    )  # fmt: skip

    def _consent(self, t: Together) -> str | None:
        """A yes counts only with the importer's statement, and never after a no of the same person in this file."""
        said: str | None = t.values[CONSENT]
        if said == "yes" and (not self.granting or t.contact_id in self.refusing):
            return None
        return said

    def _store(self, together: Sequence[Together], addresses: Sequence[tuple[int, str, str]]) -> set[int]:
        """Writes the people; answers the ids of known contacts about whom something was new."""
        now, created = clock.now(), {t.contact_id for t in together if t.is_new}
        common: dict[str, Any] = {
            "workspace": self.workspace.pk,
            "now": now,
            "source": self.source,
            "import": self.imported.pk,
        }
        with connection.cursor() as cursor:
            changed: dict[int, list[str]] = {}
            if created:
                cursor.execute(sql.INSERT_CONTACTS, common)
            if len(created) < len(together):
                cursor.execute(sql.UPDATE_CONTACTS, common)
                changed = dict(cursor.fetchall())
            self._add_addresses(addresses)
            for contact_id, kind, _value in addresses:
                if contact_id not in created:
                    changed.setdefault(contact_id, []).append(kind)
            if changed:
                refresh_search(
                    contact_ids=[who for who, columns in changed.items() if not SEARCHED.isdisjoint(columns)]
                )
                cursor.execute(sql.INSERT_UPDATED, {**common, **_unnested(changed)})
            if created:
                cursor.execute(sql.INSERT_CREATED, common)
        touched = set(changed) | self._add_tags(together, common) | self._add_notes(together, common)
        return touched - created

    def _add_addresses(self, addresses: Sequence[tuple[int, str, str]]) -> None:
        if not addresses:
            return
        now = clock.now()
        try:
            with connection.cursor() as cursor, cursor.copy(sql.COPY_IDENTITIES) as copy:
                for contact_id, kind, value in addresses:
                    copy.write_row((self.workspace.pk, contact_id, kind, value, now))
        except pg.UniqueViolation as problem:
            raise LostRaceError from problem

    def _add_tags(self, together: Sequence[Together], common: dict[str, Any]) -> set[int]:
        pairs = [(t.contact_id, name) for t in together for name in (*t.tags, *self.tags)]
        if not pairs:
            return set()
        ids = ensure_tags(workspace=self.workspace, names=dict.fromkeys(name for _id, name in pairs))
        contacts, tags = zip(*dict.fromkeys((contact, ids[name.lower()]) for contact, name in pairs), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(sql.INSERT_TAGS, {**common, "contacts": list(contacts), "tags": list(tags)})
            return {row[0] for row in cursor.fetchall()}

    def _add_notes(self, together: Sequence[Together], common: dict[str, Any]) -> set[int]:
        pairs = [(t.contact_id, note) for t in together for note in t.notes]
        if not pairs:
            return set()
        contacts, notes = zip(*pairs, strict=True)
        author = self.imported.created_by_id
        with connection.cursor() as cursor:
            cursor.execute(
                sql.INSERT_NOTES, {**common, "author": author, "contacts": list(contacts), "notes": list(notes)}
            )
            return {row[0] for row in cursor.fetchall()}


class _Match:
    """Who each row of a chunk belongs to."""

    def __init__(self, session: ContactSession, parsed: Parsed, *, writing: bool = True) -> None:
        self.session, self.writing = session, writing
        self.together: dict[int, Together] = {}
        self.rejections: list[Rejection] = []
        self.new_addresses: list[tuple[int, str, str]] = []
        self.phones, self.codes = self._known(parsed.people)
        unknown = [p for p in parsed.people if p.phone not in self.phones and p.code not in self.codes]
        self.erased = self._erased(unknown)
        self._ids = iter(_next_ids(len(unknown)) if writing else ())
        for person in parsed.people:
            self._place(person)

    def _place(self, person: Person) -> None:
        by_phone = self.phones.get(person.phone) if person.phone else None
        by_code = self.codes.get(person.code) if person.code else None
        if by_phone is not None and by_code is not None and by_phone != by_code:
            params = {"phone": person.phone, "code": person.code}
            self.rejections.append(Rejection(person.row, person.cells, "two_people", params))
            return
        contact_id = by_code if by_code is not None else by_phone
        is_new = contact_id is None
        if contact_id is None:
            if not self.erased.isdisjoint((("phone", person.phone), ("code", person.code))):
                self.rejections.append(Rejection(person.row, person.cells, "erased", {}))
                return
            if not self.writing:
                return
            contact_id = next(self._ids)
        added = self._join(contact_id, person, by_phone, by_code)
        known = self.together.get(contact_id)
        if known is None:
            fill = not is_new and contact_id in self.session.met
            self.together[contact_id] = Together(contact_id, person, is_new=is_new, fill=fill)
        else:
            before = known.changed
            known.add(person)
            known.changed = before + (known.changed > before or added)

    def _join(self, contact_id: int, person: Person, by_phone: int | None, by_code: int | None) -> bool:
        """Gives the contact the addresses nobody had; whether there was one."""
        added = False
        if person.phone and by_phone is None:
            self.phones[person.phone] = contact_id
            self.new_addresses.append((contact_id, "phone", person.phone))
            added = True
        if person.code and by_code is None:
            self.codes[person.code] = contact_id
            self.new_addresses.append((contact_id, "code", person.code))
            added = True
        return added

    def _known(self, people: Sequence[Person]) -> tuple[dict[str, int], dict[str, int]]:
        phones: dict[str, int] = {}
        codes: dict[str, int] = {}
        with connection.cursor() as cursor:
            for kind, found, values in (
                ("phone", phones, {p.phone for p in people if p.phone}),
                ("code", codes, {p.code for p in people if p.code}),
            ):
                if values:
                    cursor.execute(sql.KNOWN, [list(values), self.session.workspace.pk, kind])
                    found.update(cursor.fetchall())
        return phones, codes

    def _erased(self, people: Iterable[Person]) -> set[tuple[str, str | None]]:
        workspace = self.session.workspace.pk
        marks = ErasedIdentity.objects.filter(workspace=workspace)
        if not marks.exists():
            return set()
        digests = {
            erased_digest(workspace, kind, value): (kind, value)
            for p in people
            for kind, value in (("phone", p.phone), ("code", p.code))
            if value
        }
        return {digests[d] for d in marks.filter(digest__in=list(digests)).values_list("digest", flat=True)}


def _next_ids(count: int) -> list[int]:
    """Numbers for contacts that may be new; the ones not used are lost, which a sequence does not mind."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.NEXT_IDS, [count])
        return [row[0] for row in cursor.fetchall()]


def _unnested(changed: dict[int, list[str]]) -> dict[str, list[Any]]:
    return {"contacts": list(changed), "columns": [as_json({"columns": columns}) for columns in changed.values()]}


def _count(result: ChunkResult, together: Sequence[Together], touched: set[int]) -> None:
    """Each row counts once: a person's first row as created, updated or unchanged, a later one by what it added."""
    for t in together:
        if t.is_new:
            result.created += 1
        elif t.contact_id in touched:
            result.updated += 1
        else:
            result.unchanged += 1
        later_changed = t.changed if t.is_new or t.contact_id in touched else 0
        result.updated += later_changed
        result.unchanged += t.later - later_changed
