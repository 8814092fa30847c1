"""The kind "contacts": its targets, its guesses and its preview, as the wizard asks for them."""

import json
from collections.abc import Sequence
from copy import copy
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field, Import
from wabolt.contacts.rules import yes_or_no
from wabolt.contacts.services.imports.columns import FIELD, members
from wabolt.contacts.services.imports.contacts import ContactSession
from wabolt.contacts.services.imports.people import VALUES, Parser, Person
from wabolt.contacts.services.imports.registry import Importer, Preview, Row, Target
from wabolt.contacts.services.reading import CityValue
from wabolt.contacts.services.reasons import reason
from wabolt.lib import formats
from wabolt.lib.columns import guess_mapping
from wabolt.lib.dates import parse_date
from wabolt.lib.errors import DomainError
from wabolt.lib.money import parse_amount
from wabolt.lib.refusal import Refusal

NEW = "new:"
CERTAIN = 0.9
"""A guess from here on is the very name of a column of contacts."""
OWN_EXPORT = {"added on", "sejak"}
"""What our own files of contacts have beside what can be brought in (exports.header)."""
LABELS: dict[str, Promise] = {
    "phone": _("WhatsApp number"),
    "name": _("Name"),
    "code": _("Your own customer code"),
    "city": _("City"),
    "gender": _("Gender"),
    "birth_date": _("Date of birth"),
    "email": _("E-mail"),
    "source": _("Source"),
    "consent": _("Permission (yes or no)"),
    "tags": _("Labels"),
    "note": _("Note"),
}


def targets(workspace: Workspace) -> list[Target]:
    """What a column can be: the contact's own columns, then the shop's fields."""
    own = [Target(key, label, _("Contact")) for key, label in LABELS.items()]
    fields = Field.objects.filter(workspace=workspace, archived_at=None)
    return own + [Target(f"field:{field.key}", field.label, _("Your columns")) for field in fields]


def guess(workspace: Workspace, columns: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[int, str]:
    """Target by column. What is called like one of the shop's fields is that field, unless it is just what a column of
    contacts is called; a leftover is a new field of the kind its values look like."""
    known: dict[str, str] = {}
    for field in Field.objects.filter(workspace=workspace, archived_at=None):
        known[field.key] = known[field.label.lower()] = f"field:{field.key}"
    guessed: dict[int, str] = {}
    for index, (target, confidence) in guess_mapping("contacts", columns, sample).items():
        if columns[index].lower() in OWN_EXPORT:
            target = "ignore"
        elif confidence < CERTAIN and columns[index].lower() in known:
            target = known.pop(columns[index].lower())
        elif target.startswith(FIELD):
            values = [row[index] for row in sample if index < len(row) and row[index].strip()]
            key = target.removeprefix("field:")
            target = known.pop(key, "") or known.pop(columns[index].lower(), "") or f"{NEW}{_kind_of(values)}"
            if target in guessed.values() and not target.startswith(NEW):
                target = "ignore"
        guessed[index] = target
    return guessed


def check(imported: Import) -> None:
    """A contact hangs on a number or a code: one of the two must be there."""
    if not {"phone", "code"} & set(imported.mapping.values()):
        message = _("Say which column holds the WhatsApp number (or your own customer code).")
        raise DomainError(message, code="no_identity_column", field="mapping")


def preview(imported: Import, rows: Sequence[Row]) -> Preview:
    """The sample as it would be stored; writes nothing."""
    trial, fields = _trial(imported)
    width = len(imported.columns)
    parsed = Parser(trial, fields)([row for row in rows if len(row[1]) == width])
    labels: dict[str, str | Promise] = {f"field:{f.key}": f.label for f in fields} | LABELS
    used = [target for target in (*LABELS, *(f"field:{f.key}" for f in fields)) if target in trial.mapping.values()]
    lang = imported.workspace.language
    stored = [(p.row, [_shown(p, target, lang) for target in used], "") for p in parsed.people]
    refused: list[tuple[int, list[str], str]] = [(r.row, [], reason(r.code, r.params)) for r in parsed.rejections]
    return Preview([labels[target] for target in used], sorted(stored + refused))


def _trial(imported: Import) -> tuple[Import, list[Field]]:
    """The import with its `new:` columns as if their fields were there already."""
    trial = copy(imported)
    fields = list(Field.objects.filter(workspace=imported.workspace, archived_at=None))
    trial.mapping = {}
    for index, target in imported.mapping.items():
        if target.startswith(NEW):
            key = f"new_{index}"
            fields.append(Field(key=key, label=imported.columns[int(index)], kind=target.removeprefix(NEW)))
            target = f"field:{key}"
        trial.mapping[index] = target
    return trial, fields


def _shown(person: Person, target: str, lang: str) -> str:
    value: Any
    if target in {"phone", "code"}:
        value = person.phone if target == "phone" else person.code
    elif target.startswith(FIELD):
        value = json.loads(members(person.fields) or "{}").get(target.removeprefix(FIELD))
    else:
        value = person.values[VALUES.index(target)]
    if value is None:
        return ""
    if target == "phone":
        return formats.phone(value)
    if isinstance(value, CityValue):
        return value.name
    if isinstance(value, tuple):
        return ", ".join(value)
    if target == "gender":
        return str(Contact.Gender(value).label)
    if target == "consent" or isinstance(value, bool):
        return str(_("Yes")) if value in {True, "yes"} else str(_("No"))
    return formats.short_date(value, lang=lang) if hasattr(value, "year") else str(value)


def _kind_of(values: Sequence[str]) -> str:
    """The kind of field that all sample values fit."""
    if values and all(yes_or_no(value) is not None for value in values) and len(set(values)) <= 4:
        return "yes_no"
    if values and all(value.strip().isdigit() and not value.startswith("0") for value in values):
        return "number"
    if values and all(not isinstance(parse_date(value), Refusal) for value in values):
        return "date"
    if values and all(not isinstance(parse_amount(value), Refusal) and not value.startswith("0") for value in values):
        return "number"
    return "text"


CONTACTS = Importer(
    kind="contacts",
    label=_("Contacts"),
    targets=targets,
    guess=guess,
    check=check,
    open=ContactSession,
    preview=preview,
    asks_consent=True,
    new_fields=True,
)
