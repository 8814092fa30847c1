"""Creates, changes and erases contacts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from phonenumbers import country_code_for_region

from wabolt.accounts.models import Workspace
from wabolt.contacts import signals
from wabolt.contacts.models import Contact, ContactTag, Identity, Note, ParkedEvent
from wabolt.contacts.rules import PERSON_COLUMNS
from wabolt.contacts.services.checking import clean_columns, nameless
from wabolt.contacts.services.erasure_log import log_erasure
from wabolt.contacts.services.events import record_event
from wabolt.contacts.services.fields import clean_fields
from wabolt.contacts.services.identities import add_identities, refresh_search
from wabolt.contacts.services.locks import lock_imports
from wabolt.imports.services import empty_rejections
from wabolt.lib import clock


def create_contact(
    *,
    workspace: Workspace,
    name: str = "",
    phone: object = None,
    identities: Iterable[tuple[str, str]] = (),
    source: str = "",
    fields: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Contact:
    """Creates a contact with at least a name or an identity.

    `phone`: in any notation. `columns`: gender, birth_date (date), city, email, language. `fields`: {key: value},
    converted and checked. Raises DomainError with the form field: `identity_taken` (params: contact_id), `phone_...`,
    `nameless`, `unknown_column`, `bad_email`, `too_long`, or the code of a custom field.
    """
    values = clean_columns({"name": name, "source": source, **columns})
    wanted = [*([("phone", str(phone))] if phone else []), *identities]
    if not values["name"] and not wanted:
        raise nameless()
    with transaction.atomic():
        contact = Contact(workspace=workspace, **values)
        contact.fields = clean_fields(workspace, fields or {})
        contact.save()
        add_identities(workspace=workspace, contact_id=contact.pk, identities=wanted)
        refresh_search(contact_ids=[contact.pk])
        record_event(
            workspace=workspace, contact_ids=[contact.pk], kind="contact_created", data={"source": contact.source}
        )
        contact.refresh_from_db(fields=["search"])
    return contact


def update_contact(
    *,
    workspace: Workspace,
    contact_id: int,
    phone: object = None,
    identities: Iterable[tuple[str, str]] = (),
    fields: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Contact:
    """Changes the given values and leaves the others. None or "" empties a field. A given `phone` is added as the
    newest number.

    Writes one `contact_updated` event with the changed columns, and none if nothing changed. Raises
    Contact.DoesNotExist and the errors of `create_contact`.
    """
    values = clean_columns(columns)
    with transaction.atomic():
        contact = Contact.objects.select_for_update(of=["self"]).get(workspace=workspace, pk=contact_id, erased_at=None)
        changed = [key for key, value in values.items() if getattr(contact, key) != value]
        for key in changed:
            setattr(contact, key, values[key])
        if fields is not None:
            merged = {**contact.fields, **clean_fields(workspace, fields)}
            merged = {key: value for key, value in merged.items() if key not in fields or fields[key] not in (None, "")}
            if merged != contact.fields:
                changed.append("fields")
                contact.fields = merged
        before = set(contact.identities.values_list("kind", "value"))
        wanted = [*([("phone", str(phone))] if phone else []), *identities]
        add_identities(workspace=workspace, contact_id=contact.pk, identities=wanted)
        changed += sorted({kind for kind, value in set(contact.identities.values_list("kind", "value")) - before})
        if changed:
            contact.updated_at = clock.now()
            contact.save(
                update_fields=[*(c for c in (*PERSON_COLUMNS, "city_original", "fields") if c in changed), "updated_at"]
            )
            refresh_search(contact_ids=[contact.pk])
            told = [column for column in changed if column != "city_original"]  # it goes with the city
            record_event(workspace=workspace, contact_ids=[contact.pk], kind="contact_updated", data={"columns": told})
        contact.refresh_from_db(fields=["search"])
    return contact


def remove_identity(*, workspace: Workspace, contact_id: int, identity_id: int) -> None:
    """Removes an address from a contact. Raises Identity.DoesNotExist."""
    with transaction.atomic():
        identity = Identity.objects.get(workspace=workspace, contact_id=contact_id, pk=identity_id)
        identity.delete()
        refresh_search(contact_ids=[contact_id])
        record_event(
            workspace=workspace, contact_ids=[contact_id], kind="contact_updated", data={"columns": [identity.kind]}
        )


def erase_contacts(*, workspace: Workspace, ids: Sequence[int]) -> int:
    """Erases the personal data of these contacts: name, addresses, fields, labels and notes. Returns the number of
    contacts.

    The row and its events stay, so that past counts stay correct. A later import of the same number or code is refused.
    Unknown ids and ids of other workspaces are ignored.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # No chunk of an import may give an address to a contact that is being erased.
            lock_imports(cursor, workspace)
        locked = Contact.objects.select_for_update().filter(workspace=workspace, pk__in=ids, erased_at=None)
        found = list(locked.order_by("pk").values_list("pk", flat=True))
        if not found:
            return 0
        signals.contacts_erased.send(sender=Contact, workspace=workspace, contact_ids=found)
        gone = Identity.objects.filter(workspace=workspace, contact_id__in=found)
        addresses = list(gone.values_list("kind", "value"))
        log_erasure(workspace=workspace, addresses=addresses)
        _empty_rejections(workspace, found, addresses)
        gone.delete()
        ContactTag.objects.filter(contact_id__in=found).delete()
        Note.objects.filter(workspace=workspace, contact_id__in=found).delete()
        # The error of a consumer may quote the data that it could not process.
        ParkedEvent.objects.filter(workspace=workspace, contact_id__in=found).update(error="")
        now = clock.now()
        _delete_merge_records(found, now)
        Contact.objects.filter(pk__in=found).update(
            name="", whatsapp_name="", gender="", birth_date=None, city="", city_original="", email="", language="",
            source="", fields={}, search="", reachable=False, updated_at=now, erased_at=now,
        )  # fmt: skip
        record_event(workspace=workspace, contact_ids=found, kind="contact_erased", data={})
    return len(found)


def _empty_rejections(workspace: Workspace, ids: Sequence[int], addresses: Sequence[tuple[str, str]]) -> None:
    """Empties refused rows of past imports that hold a number, a code, the e-mail address or the full name of these
    people. A name of one word is many people's, so it is not searched for."""
    people = Contact.objects.filter(pk__in=ids).values_list("name", "email")
    words = [word for name, email in people for word in (name if " " in name else "", email) if word]
    dial = len(str(country_code_for_region(workspace.country)))
    numbers = [value.removeprefix("+")[dial:] for kind, value in addresses if kind == Identity.Kind.PHONE]
    codes = [value for kind, value in addresses if kind == Identity.Kind.CODE]
    empty_rejections(workspace=workspace, words=[*codes, *words], digits=numbers)


def _delete_merge_records(contact_ids: Sequence[int], now: datetime) -> None:
    """Removes the undo data of all merges into these contacts, also of chains of merges."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE part (id, contact_id) AS (
                SELECT m.id, m.absorbed_id FROM contacts_merge m WHERE m.kept_id = ANY(%(contacts)s)
                UNION
                SELECT m.id, m.absorbed_id FROM contacts_merge m JOIN part ON m.kept_id = part.contact_id)
            UPDATE contacts_merge m SET before = '{}', undone_at = coalesce(m.undone_at, %(now)s)
            FROM part WHERE m.id = part.id
            """,
            {"contacts": list(contact_ids), "now": now},
        )


def touch_contacts(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Notes that these contacts wrote to us now, in the caller's transaction.

    The time of our own last message is only in the event log: a contact's row is wide and has many indexes, and a
    broadcast would rewrite them all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_contact SET last_inbound_at = %s WHERE workspace_id = %s AND id = ANY(%s)",
            [clock.now(), workspace.pk, list(contact_ids)],
        )
        # A person who writes to us is on WhatsApp, so an earlier negative answer about the number is discarded.
        cursor.execute(
            "UPDATE contacts_identity SET on_whatsapp = NULL, checked_at = NULL"
            " WHERE contact_id = ANY(%s) AND on_whatsapp = false",
            [list(contact_ids)],
        )
