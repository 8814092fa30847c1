"""Writes what people say about themselves into their contacts, with a fixed number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.rules import PERSON_COLUMNS
from wabolt.contacts.services.checking import clean_columns
from wabolt.contacts.services.events import NewEvent, record_events
from wabolt.contacts.services.fields import accepted_fields
from wabolt.contacts.services.identities import refresh_search
from wabolt.lib import clock
from wabolt.lib.birthdays import merged_birthday
from wabolt.lib.errors import DomainError

_COLUMNS = (*PERSON_COLUMNS, "city_original")
_SEARCHED = frozenset({"name", "city", "email"})
_UPDATE = """
UPDATE contacts_contact c
   SET name = n.name, gender = n.gender, birth_date = n.birth_date, city = n.city, city_original = n.city_original,
       email = n.email, language = n.language, source = n.source, fields = n.fields, updated_at = %(now)s
  FROM unnest(%(ids)s::bigint[], %(name)s::text[], %(gender)s::text[], %(birth_date)s::date[], %(city)s::text[],
              %(city_original)s::text[], %(email)s::text[], %(language)s::text[], %(source)s::text[],
              %(fields)s::jsonb[])
       AS n (id, name, gender, birth_date, city, city_original, email, language, source, fields)
 WHERE c.id = n.id
"""


@dataclass(frozen=True, slots=True)
class SelfStatement:
    """The statement of one person.

    `columns`: of the contact (`rules.PERSON_COLUMNS`). `fields`: {key of a custom field: value}. `source`: where the
    person came from, for a contact that has no source or only wrote on WhatsApp so far.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


@transaction.atomic
def note_statements(*, workspace: Workspace, statements: Mapping[int, SelfStatement]) -> None:
    """Writes the statements of these contacts (by id), with one `contact_updated` event for each changed contact.

    A name that the shop has given stays; one that WhatsApp reported does not. A value that a contact cannot
    hold, such as a value of a deleted field, is left out. Erased contacts and contacts of other workspaces are ignored.
    """
    accepted = accepted_fields(workspace, {pk: statement.fields for pk, statement in statements.items()})
    known = Contact.objects.select_for_update(of=("self",), no_key=True).filter(workspace=workspace, erased_at=None)
    changed: dict[Contact, list[str]] = {}
    for contact in known.filter(pk__in=list(statements)).order_by("pk"):
        columns = _apply(contact, statements[contact.pk], accepted.get(contact.pk, {}))
        if columns:
            changed[contact] = columns
    if not changed:
        return
    now = clock.now()
    values: dict[str, list[Any]] = {column: [getattr(c, column) for c in changed] for column in _COLUMNS}
    values["fields"] = [Jsonb(contact.fields) for contact in changed]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, {**values, "ids": [contact.pk for contact in changed], "now": now})
    searched = [contact.pk for contact, columns in changed.items() if _SEARCHED.intersection(columns)]
    if searched:
        refresh_search(contact_ids=searched)
    events = [NewEvent(c.pk, "contact_updated", now, {"columns": columns}) for c, columns in changed.items()]
    record_events(workspace=workspace, events=events)


def _apply(contact: Contact, statement: SelfStatement, fields: Mapping[str, Any]) -> list[str]:
    """Changes the contact in memory. Returns the names of the changed columns."""
    keeps_name = contact.name not in {"", contact.whatsapp_name}
    given = {key: value for key, value in statement.columns.items() if key != "name" or not keeps_name}
    if statement.source and contact.source in {"", "whatsapp"}:
        given["source"] = statement.source
    changed = []
    for key, value in given.items():
        try:
            values = clean_columns({key: value})
        except DomainError:
            continue
        if key == "birth_date":
            values[key] = _birthday(contact.birth_date, values[key])
        if getattr(contact, key) != values[key]:
            changed.append(key)
        for column, cleaned in values.items():
            setattr(contact, column, cleaned)
    merged = {**contact.fields, **fields}
    if merged != contact.fields:
        contact.fields = merged
        changed.append("fields")
    return changed


def _birthday(known: date | None, new: Any) -> date | None:
    """The birthday to store. `new`: a date or ISO text; a day without a year keeps the known year."""
    if not new:
        return known
    return merged_birthday(known, new if isinstance(new, date) else date.fromisoformat(new))
