"""Stores parsed contacts: one COPY and a fixed number of statements per chunk."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from django.db import IntegrityError, connection

from wabolt.contacts import signals
from wabolt.contacts.models import Field
from wabolt.contacts.services.identities import refresh_search
from wabolt.contacts.services.imports import statements as sql
from wabolt.contacts.services.imports.matching import Address, look_up
from wabolt.contacts.services.imports.people import CONSENT, CombinedRows, Parsed, Parser
from wabolt.contacts.services.imports.prepared import Memory, Prepared
from wabolt.contacts.services.locks import lock_imports
from wabolt.contacts.services.reading import as_json
from wabolt.contacts.services.tags import ensure_tags
from wabolt.imports.models import Import
from wabolt.imports.registry import CellWarning, ChunkResult, Lookahead, LostRaceError, Row
from wabolt.lib import clock

FIRST_ANALYSE = 2000
ENDED = "consent:ended"
"""The code under which `Import.warnings` counts rows that ended a permission."""
UNPROVEN, REFUSED = "consent:unproven", "consent:refused"
"""The codes for rows that say yes or no in an import without a statement of where and how people agreed."""
SEARCHED = {"name", "city", "email", "phone", "code"}


class _Next(NamedTuple):
    """The next chunk while it is being prepared. `changes`: the state of erasures and merges when its people were
    looked up."""

    parsed: Parsed
    changes: tuple[Any, ...]
    prepared: Future[Prepared]


class ContactSession:
    """One run of a contact import (imports.registry.Session)."""

    def __init__(self, imported: Import) -> None:
        self.imported, self.workspace = imported, imported.workspace
        self.parse_rows = Parser(imported, list(Field.objects.filter(workspace=self.workspace)))
        self.granting = bool(imported.options.get("consent_statement"))
        self.source = str(imported.options.get("source") or "")
        self.tags = [str(name) for name in imported.options.get("tags") or ()]
        self._memory = Memory()
        self._now: Prepared | None = None
        self._next: _Next | None = None
        self._stored, self._analyse_at = 0, FIRST_ANALYSE
        self._is_staged = False
        with connection.cursor() as cursor:
            cursor.execute(sql.CREATE_STAGE)

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Returns False: rows do not depend on their neighbours."""
        return False

    def parse(self, rows: Sequence[Row]) -> Parsed:
        return self.parse_rows(rows)

    def write(self, parsed: Parsed, lookahead: Lookahead | None = None) -> ChunkResult:
        with connection.cursor() as cursor:
            lock_imports(cursor, self.workspace)
            # A crash of the machine loses rows and progress together. The end of the import is committed synchronously.
            cursor.execute("SET LOCAL synchronous_commit = off")
        self._now = now = self._prepared(parsed)
        result = ChunkResult(rejections=parsed.rejections + now.rejections, warnings=parsed.warnings + now.warnings)
        if now.combined:
            combined = list(now.combined.values())
            with connection.cursor() as cursor:
                if self._is_staged:
                    cursor.execute("TRUNCATE import_stage")
                self._is_staged = True
                with cursor.copy(sql.COPY_STAGE) as copy:
                    copy.write(now.text)
            touched = self._store(combined, now.extra, lookahead)
            _count(result, combined, touched)
            answers = signals.contacts_staged.send(sender=Import, imported=self.imported, table="import_stage")
            for _receiver, answer in answers:
                if isinstance(answer, signals.Permissions):
                    result.consents += answer.granted
                    result.warnings += [CellWarning(row, ENDED) for row in answer.ended]
            if not self.granting:
                result.warnings += _answers(combined)
        return result

    def committed(self) -> None:
        if self._now is None:
            return
        self._memory.add(self._now)
        self._stored += len(self._now.combined)
        if self._stored >= self._analyse_at:
            self._analyse_at = self._stored * 4
            with connection.cursor() as cursor:
                cursor.execute(sql.ANALYSE)

    def replay(self, parsed: Parsed) -> None:
        known = look_up(self.workspace, parsed.people, writing=False)
        replayed = self._memory.prepare(parsed, known, granting=self.granting)
        self._memory.add(replayed)

    def _prepared(self, parsed: Parsed) -> Prepared:
        """Returns the prepared chunk. It is prepared now if the second thread has not done it, or if a contact was
        erased or merged since then."""
        ready, self._next = self._next, None
        if ready is not None and ready.parsed is parsed and ready.changes == self._changes():
            return ready.prepared.result()
        return self._memory.prepare(parsed, look_up(self.workspace, parsed.people), granting=self.granting)

    def _look_ahead(self, lookahead: Lookahead | None) -> None:
        """Looks up the people of the next chunk and lets the second thread prepare it."""
        upcoming = lookahead.peek() if lookahead else None
        if lookahead is None or upcoming is None:
            return
        known = look_up(self.workspace, upcoming.people)
        prepared = lookahead.submit(self._memory.prepare, upcoming, known, granting=self.granting, before=self._now)
        self._next = _Next(upcoming, self._changes(), prepared)

    def _changes(self) -> tuple[Any, ...]:
        """A value that changes when a contact of the workspace is erased or merged, or a merge is undone."""
        with connection.cursor() as cursor:
            cursor.execute(sql.CHANGES, {"workspace": self.workspace.pk})
            found: tuple[Any, ...] = cursor.fetchone()
            return found

    def _store(
        self, combined: Sequence[CombinedRows], extra: Sequence[Address], lookahead: Lookahead | None
    ) -> set[int]:
        """Writes the people. Returns the ids of known contacts that changed."""
        now, created = clock.now(), {t.contact_id for t in combined if t.is_new}
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
            if len(created) < len(combined):
                cursor.execute(sql.UPDATE_CONTACTS, common)
                changed = dict(cursor.fetchall())
            self._add_addresses(extra, common)
            self._look_ahead(lookahead)
            for contact_id, kind, _value in extra:
                if contact_id not in created:
                    changed.setdefault(contact_id, []).append(kind)
            if changed:
                refresh_search(
                    contact_ids=[who for who, columns in changed.items() if not SEARCHED.isdisjoint(columns)]
                )
                cursor.execute(sql.INSERT_UPDATED, {**common, **_unnested(changed)})
            if created:
                cursor.execute(sql.INSERT_CREATED, common)
        touched = set(changed) | self._add_tags(combined, common) | self._add_notes(combined, common)
        return touched - created

    def _add_addresses(self, extra: Sequence[Address], common: dict[str, Any]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.INSERT_IDENTITIES, common)
                if extra:
                    contacts, kinds, values = zip(*extra, strict=True)
                    lists = {"contacts": list(contacts), "kinds": list(kinds), "values": list(values)}
                    cursor.execute(sql.INSERT_EXTRA, {**common, **lists})
                    cursor.execute(sql.SET_REACHABLE, [[who for who, kind, _value in extra if kind == "phone"]])
        except IntegrityError as problem:
            raise LostRaceError from problem

    def _add_tags(self, combined: Sequence[CombinedRows], common: dict[str, Any]) -> set[int]:
        pairs = [(t.contact_id, name) for t in combined for name in (*t.tags, *self.tags)]
        if not pairs:
            return set()
        ids = ensure_tags(workspace=self.workspace, names=dict.fromkeys(name for _id, name in pairs))
        contacts, tags = zip(*dict.fromkeys((contact, ids[name.lower()]) for contact, name in pairs), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(sql.INSERT_TAGS, {**common, "contacts": list(contacts), "tags": list(tags)})
            return {row[0] for row in cursor.fetchall()}

    def _add_notes(self, combined: Sequence[CombinedRows], common: dict[str, Any]) -> set[int]:
        pairs = [(t.contact_id, note) for t in combined for note in t.notes]
        if not pairs:
            return set()
        contacts, notes = zip(*pairs, strict=True)
        author = self.imported.created_by_id
        with connection.cursor() as cursor:
            cursor.execute(
                sql.INSERT_NOTES, {**common, "author": author, "contacts": list(contacts), "notes": list(notes)}
            )
            return {row[0] for row in cursor.fetchall()}


def _answers(combined: Sequence[CombinedRows]) -> Iterator[CellWarning]:
    for t in combined:
        if answer := t.values[CONSENT]:
            yield CellWarning(t.person.row, UNPROVEN if answer == "yes" else REFUSED)


def _unnested(changed: dict[int, list[str]]) -> dict[str, list[Any]]:
    return {"contacts": list(changed), "columns": [as_json({"columns": columns}) for columns in changed.values()]}


def _count(result: ChunkResult, combined: Sequence[CombinedRows], touched: set[int]) -> None:
    """Counts each row once: the first row of a person as created, updated or unchanged, a later one by what it
    added."""
    for t in combined:
        if t.is_new:
            result.created += 1
        elif t.contact_id in touched:
            result.updated += 1
        else:
            result.unchanged += 1
        later_changed = t.changed if t.is_new or t.contact_id in touched else 0
        result.updated += later_changed
        result.unchanged += t.later - later_changed
