"""Creates and changes contacts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.rules import PERSON_COLUMNS
from wabolt.contacts.services.checking import clean_columns, nameless
from wabolt.contacts.services.events import record_event
from wabolt.contacts.services.fields import clean_fields
from wabolt.contacts.services.identities import (
    add_identities,
    add_tidy,
    refresh_search,
    set_search,
    tidy_identities,
)
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
    addresses = [*([("phone", str(phone))] if phone else []), *identities]
    if not values["name"] and not addresses:
        raise nameless()
    contact = Contact(workspace=workspace, **values)
    contact.fields = clean_fields(workspace, fields or {})
    pairs = tidy_identities(workspace, addresses)
    set_search(contact, pairs)
    with transaction.atomic():
        contact.save(force_insert=True)
        if pairs:
            add_tidy(workspace=workspace, contact_id=contact.pk, pairs=pairs)
        record_event(
            workspace=workspace, contact_ids=[contact.pk], kind="contact_created", data={"source": contact.source}
        )
        record_audit(workspace=workspace, action="contact.create", target=("contact", contact.pk))
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

    Writes one `contact_updated` event with the changed columns and an audit entry, and none if nothing changed. Raises
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
            record_audit(workspace=workspace, action="contact.update", target=("contact", contact.pk))
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


def touch_contacts(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Notes that these contacts wrote to us now, in the caller's transaction.

    The time of our own last message is only in the event log: a contact's row is wide and has many indexes, and a
    broadcast would rewrite them all.
    """
    with connection.cursor() as cursor:
        # A person who writes to us is on WhatsApp, so an earlier negative answer about the number is discarded.
        cursor.execute(
            "WITH reached AS (UPDATE contacts_identity SET on_whatsapp = NULL, checked_at = NULL"
            " WHERE contact_id = ANY(%(ids)s) AND on_whatsapp = false)"
            " UPDATE contacts_contact SET last_inbound_at = %(now)s WHERE workspace_id = %(workspace)s"
            " AND id = ANY(%(ids)s)",
            {"now": clock.now(), "workspace": workspace.pk, "ids": list(contact_ids)},
        )
