"""Custom fields of a shop and their values."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.rules import FieldValue, field_value
from wabolt.contacts.services.events import record_event
from wabolt.imports.registry import reason
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, fold, slug

MAX_FIELDS = 100
MAX_CHOICES = 200

# Keys with another meaning in texts and segments.
RESERVED = {
    "name", "gender", "birth_date", "birthday", "age", "city", "email", "language", "source", "phone", "code", "tag",
    "tags", "consent", "created", "orders", "spent", "bought", "received", "read", "replied", "clicked", "id", "fields",
    "first_name", "and", "or", "not", "in", "is", "within", "any", "all", "true", "false",
}  # fmt: skip


def create_field(*, workspace: Workspace, label: str, kind: str, choices: Sequence[str] = (), key: str = "") -> Field:
    """Creates a custom field. `key` is derived from the label if it is not given.

    Raises DomainError: `bad_label`, `bad_kind`, `no_choices`, `key_taken`, `too_many`.
    """
    label = _label(label)
    if kind not in Field.Kind.values:
        raise DomainError(_("Choose what the column holds."), code="bad_kind", field="kind")
    with transaction.atomic():
        known = Field.objects.select_for_update().filter(workspace=workspace).order_by("pk")
        present = set(known.values_list("key", flat=True))
        if len(present) >= MAX_FIELDS:
            raise DomainError(_("A shop can have 100 columns of its own."), code="too_many")
        chosen = key or free_key(label, present)
        if chosen in present or chosen != slug(chosen) or not chosen or len(chosen) > 40:
            raise DomainError(_("There is already a column of this name."), code="key_taken", field="label")
        try:
            with transaction.atomic():
                field = Field.objects.create(
                    workspace=workspace,
                    key=chosen,
                    label=label,
                    kind=kind,
                    choices=read_choices(kind, choices),
                    position=len(present),
                )
                record_audit(workspace=workspace, action="field.create", target=("field", field.pk))
                return field
        except IntegrityError:
            raise DomainError(_("There is already a column of this name."), code="key_taken", field="label") from None


def update_field(*, workspace: Workspace, field_id: int, label: str, choices: Sequence[str] = ()) -> Field:
    """Changes label and choices. Key and kind cannot change, because texts, segments and values refer to them. Values
    that are no longer among the choices are kept. Raises Field.DoesNotExist, DomainError."""
    with transaction.atomic():
        field = Field.objects.select_for_update().get(workspace=workspace, pk=field_id)
        field.label = _label(label)
        field.choices = read_choices(field.kind, choices)
        field.save(update_fields=["label", "choices"])
        record_audit(workspace=workspace, action="field.update", target=("field", field.pk))
    return field


def archive_field(*, workspace: Workspace, field_id: int, archived: bool = True) -> None:
    """Hides a field or shows it again. Its values are kept. Raises Field.DoesNotExist."""
    with transaction.atomic():
        field = Field.objects.get(workspace=workspace, pk=field_id)
        field.archived_at = clock.now() if archived else None
        field.save(update_fields=["archived_at"])
        record_audit(workspace=workspace, action="field.archive", target=("field", field.pk))


def delete_field(*, workspace: Workspace, field_id: int) -> None:
    """Deletes a field and all its values. Raises Field.DoesNotExist."""
    with transaction.atomic():
        field = Field.objects.select_for_update().get(workspace=workspace, pk=field_id)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_contact SET fields = fields - %s WHERE workspace_id = %s AND fields ? %s",
                [field.key, workspace.pk, field.key],
            )
        field.delete()
        record_audit(workspace=workspace, action="field.delete", data={"name": field.label})


def clean_fields(workspace: Workspace, fields: Mapping[str, Any]) -> dict[str, FieldValue]:
    """Returns {key: typed value} of the given values without the empty ones. Raises DomainError with the key as its
    field: `unknown_field`, `bad_value`."""
    values, refused = read_fields(workspace, fields)
    if refused:
        raise refused[0]
    return values


def read_fields(workspace: Workspace, given: Mapping[str, Any]) -> tuple[dict[str, FieldValue], list[DomainError]]:
    """Returns the typed values of `clean_fields`, and an error for each value that is refused."""
    return _read(_known(workspace), given) if given else ({}, [])


def accepted_fields(workspace: Workspace, given: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, FieldValue]]:
    """Returns the typed values of several contacts, {contact id: {key: value}}, without those that are refused."""
    known = _known(workspace) if any(given.values()) else {}
    return {contact_id: _read(known, values)[0] for contact_id, values in given.items() if values}


def _known(workspace: Workspace) -> dict[str, Field]:
    return {field.key: field for field in Field.objects.filter(workspace=workspace)}


def _read(known: Mapping[str, Field], given: Mapping[str, Any]) -> tuple[dict[str, FieldValue], list[DomainError]]:
    values: dict[str, FieldValue] = {}
    refused: list[DomainError] = []
    for key, value in given.items():
        field = known.get(key)
        if field is None:
            refused.append(DomainError(_("There is no such column."), code="unknown_field", field=key))
            continue
        typed = field_value(field.kind, value, field.choices)
        if isinstance(typed, Refusal):
            refused.append(DomainError(reason(typed.code, {"text": typed.text}), code="bad_value", field=key))
        elif typed is not None:
            values[key] = typed
    return values, refused


def set_field(*, workspace: Workspace, contact_ids: Sequence[int], key: str, value: Any) -> int:
    """Sets one custom field of many contacts; None or "" empties it. Returns the number of changed contacts."""
    typed = clean_fields(workspace, {key: value}).get(key)
    chosen = Contact.objects.filter(workspace=workspace, pk__in=contact_ids, erased_at=None)
    with transaction.atomic():
        ids = list(chosen.exclude(fields__contains={key: typed}).values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_contact SET updated_at = %(now)s, fields = CASE WHEN %(value)s::jsonb IS NULL"
                " THEN fields - %(key)s ELSE fields || jsonb_build_object(%(key)s::text, %(value)s::jsonb) END"
                " WHERE id = ANY(%(ids)s)",
                {"now": clock.now(), "value": None if typed is None else json.dumps(typed), "key": key, "ids": ids},
            )
        record_event(workspace=workspace, contact_ids=ids, kind="contact_updated", data={"columns": [f"field:{key}"]})
    return len(ids)


def free_key(label: str, taken: set[str]) -> str:
    """Returns a key for `label` that is neither taken nor reserved."""
    base = slug(label)[:36].strip("_") or "kolom"
    if base[0].isdigit():
        base = f"k_{base}"
    candidate, number = base, 2
    while candidate in taken or candidate in RESERVED:
        candidate, number = f"{base}_{number}", number + 1
    return candidate


def _label(label: str) -> str:
    text = clean(label)
    if not text or len(text) > 60:
        raise DomainError(_("The name must have 1 to 60 characters."), code="bad_label", field="label")
    return text


def read_choices(kind: str, choices: Sequence[str]) -> list[str]:
    """Returns the different choices of a field, none unless its kind is "choice". Raises DomainError `no_choices`."""
    if kind != Field.Kind.CHOICE:
        return []
    unique = {fold(text): text for text in map(clean, choices) if text}
    if not unique:
        raise DomainError(_("Write at least one choice."), code="no_choices", field="choices")
    if len(unique) > MAX_CHOICES or max(map(len, unique.values())) > 100:
        raise DomainError(_("At most 200 choices of 100 characters."), code="no_choices", field="choices")
    return list(unique.values())
