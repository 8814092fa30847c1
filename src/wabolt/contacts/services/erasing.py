"""Erases people: every registered table (`registry.personal`), the contact itself, and what imports refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from phonenumbers import country_code_for_region

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts import signals
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.queries import with_absorbed
from wabolt.contacts.registry import PersonalData, personal_data
from wabolt.contacts.services.erasure_log import log_erasure
from wabolt.contacts.services.events import record_event
from wabolt.contacts.services.locks import lock_imports
from wabolt.imports.services import empty_rejections, rejections_about
from wabolt.lib import clock
from wabolt.lib.deadlocks import again_after_deadlock

# The log keeps numbers, such as the id of a broadcast, and the purpose of a consent; every other text goes.
_EVENTS = """
SET LOCAL wabolt.erasing = 'on';
UPDATE contacts_event e SET data = (
       SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(e.data)
        WHERE jsonb_typeof(value) IN ('number', 'boolean', 'null') OR key = 'purpose')
 WHERE e.contact_id = ANY(%(contacts)s) AND e.data <> '{}';
SET LOCAL wabolt.erasing = 'off';
"""


@again_after_deadlock
def erase_contacts(
    *, workspace: Workspace, ids: Sequence[int], by: User | None = None, because: Mapping[str, Any] | None = None
) -> int:
    """Erases the personal data of these contacts and of those that were merged into them, in every registered table.
    Returns the number of contacts.

    The row and its events stay, so that past counts stay correct. A later import of the same number or code is refused.
    Unknown ids and ids of other workspaces are ignored. One audit entry names the contacts. `by`: the member who
    decided it, if it is not the one whose request is being answered. `because`: its reason, for the entry.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # No chunk of an import may give an address to a contact that is being erased.
            lock_imports(cursor, workspace)
        locked = Contact.objects.select_for_update().filter(workspace=workspace, pk__in=ids, erased_at=None)
        ids_found = list(locked.order_by("pk").values_list("pk", flat=True))
        if not ids_found:
            return 0
        people = with_absorbed(workspace, ids_found)
        signals.contacts_erased.send(sender=Contact, workspace=workspace, contact_ids=people)
        gone = Identity.objects.filter(workspace=workspace, contact_id__in=people)
        addresses = list(gone.values_list("kind", "value"))
        log_erasure(workspace=workspace, addresses=addresses)
        _empty_rejections(workspace, people, addresses)
        now = clock.now()
        _delete_merge_records(people, now)
        for data in personal_data():
            if not data.by_room:
                _forget(data, people)
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, {"contacts": people})
        Contact.objects.filter(pk__in=ids_found).update(
            name="", whatsapp_name="", gender="", birth_date=None, city="", city_original="", email="", language="",
            source="", fields={}, search="", reachable=False, updated_at=now, erased_at=now,
        )  # fmt: skip
        record_event(workspace=workspace, contact_ids=ids_found, kind="contact_erased", data={})
        several = {"count": len(ids_found), "ids": ids_found[:1000]} if len(ids_found) > 1 else {}
        target = ("contact", ids_found[0]) if len(ids_found) == 1 else ("", None)
        record_audit(
            workspace=workspace, actor=by, action="contact.erase", target=target, data={**several, **(because or {})}
        )
    return len(ids_found)


def erased_values(data: PersonalData) -> dict[str, str]:
    """{column: SQL expression} for the columns of a table that an erasure empties: texts, JSON, bytes, internet
    addresses and dates, but no references, choices and columns in `data.keeps`."""
    model = next(model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == data.table)
    unique = {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
    }
    found = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.is_relation or field.choices or field.column in data.keeps:
            continue
        value = _empty(field, field.unique or field.name in unique)
        if value:
            found[str(field.column)] = value
    return found


def _empty(field: models.Field, is_unique: bool) -> str:  # type: ignore[type-arg]
    """The SQL expression for an empty value of this field; "" for a field that holds nothing about a person."""
    if isinstance(field, models.DateTimeField):
        return ""
    if isinstance(field, models.JSONField):
        return "'[]'" if isinstance(field.get_default(), list) else "'{}'"
    is_text = isinstance(field, models.CharField | models.TextField)
    if field.null and (
        is_text or isinstance(field, models.BinaryField | models.DateField | models.GenericIPAddressField)
    ):
        return "NULL"
    if is_text:
        return "'erased:' || id" if is_unique else "''"
    return "''" if isinstance(field, models.BinaryField) else ""


def _forget(data: PersonalData, people: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        if data.fate == "deleted":
            cursor.execute(f"DELETE FROM {data.table} WHERE contact_id = ANY(%s)", [list(people)])
        elif data.fate == "emptied" and (values := erased_values(data)):
            changes = ", ".join(f"{column} = {value}" for column, value in values.items())
            cursor.execute(f"UPDATE {data.table} SET {changes} WHERE contact_id = ANY(%s)", [list(people)])


def _empty_rejections(workspace: Workspace, ids: Sequence[int], addresses: Sequence[tuple[str, str]]) -> None:
    """Empties refused rows of past imports that are about these people."""
    words, digits = _marks_of(workspace, ids, addresses)
    empty_rejections(workspace=workspace, words=words, digits=digits)


def refused_rows(workspace: Workspace, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The refused rows of past imports that an erasure of these contacts would empty."""
    found = Identity.objects.filter(workspace=workspace, contact_id__in=ids).values_list("kind", "value")
    words, digits = _marks_of(workspace, ids, list(found))
    return rejections_about(workspace=workspace, words=words, digits=digits)


def _marks_of(
    workspace: Workspace, ids: Sequence[int], addresses: Sequence[tuple[str, str]]
) -> tuple[list[str], list[str]]:
    """The words and the digits that mark a row as theirs: codes, e-mail addresses, full names; numbers without the
    country code. A name of one word is many people's, so it is not among them."""
    people = Contact.objects.filter(pk__in=ids).values_list("name", "email")
    words = [word for name, email in people for word in (name if " " in name else "", email) if word]
    dial = len(str(country_code_for_region(workspace.country)))
    numbers = [value.removeprefix("+")[dial:] for kind, value in addresses if kind == Identity.Kind.PHONE]
    codes = [value for kind, value in addresses if kind == Identity.Kind.CODE]
    return [*codes, *words], numbers


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
