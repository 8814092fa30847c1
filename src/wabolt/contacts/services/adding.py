"""Adds many people at once that a member has chosen, such as the chats that a phone already had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.services.events import NewEvent, record_events
from wabolt.contacts.services.identities import owners_of, refresh_search
from wabolt.contacts.services.locks import lock_imports
from wabolt.lib import clock
from wabolt.lib.phone_variants import address_ways
from wabolt.lib.text import clean

_ATTEMPTS = 5
_INSERT = """
    INSERT INTO contacts_contact (id, workspace_id, name, gender, city, city_original, email, language, source, fields,
                                  created_at, updated_at, last_inbound_at, search, reachable)
    SELECT t.id, %(workspace)s, t.name, '', '', '', '', '', %(source)s, '{}', %(now)s, %(now)s, t.wrote, '', false
      FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(wrotes)s::timestamptz[]) AS t (id, name, wrote)
"""
_IDENTITIES = """
    INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
    SELECT %s, contact, kind, value, %s FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS t (contact, kind, value)
"""
# Only missing and newer values are written, so a second call with the same people changes nothing.
_COMPLETE = """
    UPDATE contacts_contact c
       SET name = CASE WHEN c.name = '' THEN t.name ELSE c.name END,
           last_inbound_at = greatest(c.last_inbound_at, t.wrote), updated_at = %(now)s
      FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(wrotes)s::timestamptz[]) AS t (id, name, wrote)
     WHERE c.id = t.id AND c.erased_at IS NULL
       AND (c.name = '' AND t.name <> '' OR t.wrote > coalesce(c.last_inbound_at, '-infinity'))
    RETURNING c.id, old.name <> c.name
"""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to add: stored addresses (kind, value), best first, a name, and the time of their last message."""

    identities: tuple[tuple[str, str], ...]
    name: str = ""
    wrote_at: datetime | None = None


@dataclass(slots=True)
class AddedPeople:
    """The result: new contacts, contacts that existed already, the number of people left out, and the contact of each
    address of the others."""

    created: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    refused: int = 0
    owners: dict[tuple[str, str], int] = field(default_factory=dict)


def add_people(
    *,
    workspace: Workspace,
    people: Sequence[NewPerson],
    source: str,
    barred: Iterable[tuple[str, str]] = (),
    data: Mapping[str, Any] | None = None,
) -> AddedPeople:
    """Creates missing contacts and completes existing ones: a missing name, an unknown address, a later last message.

    Grants no permission. Erased people and new people with a `barred` address are left out. One transaction with a
    fixed number of statements; `data` goes into the events. A second call with the same people changes nothing.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _add(workspace, people, clean(source)[:60], set(barred), dict(data or {}))
        except IntegrityError:
            # A message of such a person arrived at the same time and created the contact first.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _add(
    workspace: Workspace, people: Sequence[NewPerson], source: str, barred: set[tuple[str, str]], data: dict[str, Any]
) -> AddedPeople:
    done = AddedPeople()
    pairs = sorted({pair for person in people for pair in person.identities})
    if not pairs:
        return done
    with connection.cursor() as cursor:
        lock_imports(cursor, workspace)
    every = sorted({address for pair in pairs for address in address_ways(pair)})
    owners = owners_of(workspace, every)
    barred = barred | erased_identities(workspace, every)
    fresh: dict[int, NewPerson] = {}
    met: dict[int, NewPerson] = {}
    missing: list[tuple[int, str, str]] = []
    ids = iter(_next_ids(len(people)))
    for person in people:
        ways = [address for pair in person.identities for address in address_ways(pair)]
        owner = next((owners[address] for address in (*person.identities, *ways) if address in owners), None)
        if owner is None:
            if not person.identities or barred.intersection(ways):
                done.refused += 1
                continue
            owner = next(ids)
            fresh[owner] = person
        else:
            met[owner] = person
        for pair in person.identities:
            if pair not in owners:
                owners[pair] = owner
                missing.append((owner, *pair))
    done.created = list(fresh)
    done.known = [contact for contact in met if contact not in fresh]
    done.owners = owners
    _write(workspace, source, data, done, _Plan(fresh, met, missing))
    return done


@dataclass(frozen=True, slots=True)
class _Plan:
    """The people by contact id: new ones, existing ones, and the addresses (contact, kind, value) to add."""

    fresh: dict[int, NewPerson]
    met: dict[int, NewPerson]
    missing: list[tuple[int, str, str]]


def _write(workspace: Workspace, source: str, data: dict[str, Any], done: AddedPeople, plan: _Plan) -> None:
    fresh, met, missing = plan.fresh, plan.met, plan.missing
    now = clock.now()
    with connection.cursor() as cursor:
        if fresh:
            cursor.execute(_INSERT, {"workspace": workspace.pk, "source": source, "now": now, **_columns(fresh)})
        if missing:
            owners, kinds, values = (list(column) for column in zip(*missing, strict=True))
            cursor.execute(_IDENTITIES, [workspace.pk, now, owners, kinds, values])
        changed: dict[int, bool] = {}  # whether the contact got a name
        if met:
            cursor.execute(_COMPLETE, {"now": now, **_columns(met)})
            changed = dict(cursor.fetchall())
    added_kinds: dict[int, list[str]] = {contact: ["name"] for contact, is_named in changed.items() if is_named}
    for contact, kind, _ in missing:
        added_kinds.setdefault(contact, []).append(kind)
    refresh_search(contact_ids=sorted({*fresh, *changed, *added_kinds}))
    events = [NewEvent(contact, "contact_created", now, {"source": source, **data}) for contact in fresh]
    events += [
        NewEvent(contact, "contact_updated", now, {"columns": kinds, **data})
        for contact, kinds in added_kinds.items()
        if contact not in fresh
    ]
    events += [
        NewEvent(contact, "chat_found", now, {"wrote_at": person.wrote_at.isoformat(), **data})
        for contact, person in (fresh | {c: met[c] for c in changed}).items()
        if person.wrote_at is not None
    ]
    record_events(workspace=workspace, events=events)


def _columns(people: Mapping[int, NewPerson]) -> dict[str, list[Any]]:
    return {
        "ids": list(people),
        "names": [clean(person.name)[:200] for person in people.values()],
        "wrotes": [person.wrote_at for person in people.values()],
    }


def _next_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('contacts_contact_id_seq') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]
