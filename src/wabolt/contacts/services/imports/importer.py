"""The kind "contacts": its targets, guesses, preview and preparation. `contacts/importing.py` registers it."""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.registry import export_columns
from wabolt.contacts.rules import LIMITS, yes_or_no
from wabolt.contacts.services.fields import create_field
from wabolt.contacts.services.imports.columns import FIELD, members
from wabolt.contacts.services.imports.joins import COUNTED, Example, Joins, count_joins
from wabolt.contacts.services.imports.people import (
    NAME_PARTS,
    VALUES,
    Parser,
    Person,
    is_list_of_names_and_numbers,
)
from wabolt.contacts.services.reading import MAX_TAGS, CityValue
from wabolt.imports.models import Import
from wabolt.imports.registry import Preview, Row, Target, reason
from wabolt.lib import formats
from wabolt.lib.column_matching import columns_of_second_table
from wabolt.lib.columns import Guess, guess_mapping
from wabolt.lib.dates import parse_date
from wabolt.lib.errors import DomainError
from wabolt.lib.money import parse_amount
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, normalise_keyword

NEW = "new:"
_GUESSED = 0.5
_DATES = frozenset(["tgl", "tanggal", "date", "waktu"])
_LONGEST_NUMBER = 12
"""Maximum digits of a number that is an amount."""
MAX_STATEMENT = 1000
CERTAIN = 0.9
"""A guess with this confidence or more comes from the exact name of a column of contacts."""
_SHOWN_AS = {
    **dict.fromkeys(("phone2", "phone3", "dial_code"), "phone"),
    **dict.fromkeys(NAME_PARTS, "name"),
    "opt_out": "consent",
}
"""Targets that are shown under the label of the value they are combined into."""
OWN_EXPORT = {"added on", "sejak"}
"""A column that only our own export has (exports.header), in both languages."""
LABELS: dict[str, Promise] = {
    "phone": _("WhatsApp number"),
    "phone2": _("Second number"),
    "phone3": _("Third number"),
    "dial_code": _("Country code of the number"),
    "name": _("Name"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "last_name": _("Last name"),
    "code": _("Your own customer code"),
    "city": _("City"),
    "gender": _("Gender"),
    "birth_date": _("Date of birth"),
    "email": _("E-mail"),
    "source": _("Source"),
    "consent": _("Permission (yes or no)"),
    "opt_out": _("Unsubscribed (yes or date)"),
    "tags": _("Labels"),
    "note": _("Note"),
}


def targets(workspace: Workspace) -> list[Target]:
    """Returns the targets: the contact's own columns, the workspace's fields, and new fields."""
    known = [Target(key, label, _("Contact"), is_date=key == "birth_date") for key, label in LABELS.items()]
    fields = Field.objects.filter(workspace=workspace, archived_at=None)
    known += [
        Target(f"{FIELD}{field.key}", field.label, _("Your columns"), is_date=field.kind == Field.Kind.DATE)
        for field in fields
    ]
    return known + [
        Target(f"{NEW}{kind}", _new_column(label), _("New column"), is_date=kind == Field.Kind.DATE, repeatable=True)
        for kind, label in Field.Kind.choices
        if kind != Field.Kind.CHOICE
    ]


def guess(
    workspace: Workspace, columns: Sequence[str], sample: Sequence[Sequence[str]], totals: Sequence[str] = ()
) -> dict[int, Guess]:
    """Returns the guessed target of each column with its confidence.

    A column named like one of the workspace's fields becomes that field, unless its name is exactly that of a column of
    contacts. Other columns become new fields of the kind that fits their values.
    """
    known: dict[str, str] = {}
    for field in Field.objects.filter(workspace=workspace, archived_at=None):
        known[field.key] = known[field.label.lower()] = f"field:{field.key}"
    guessed: dict[int, Guess] = {}
    taken: set[str] = set()
    not_imported = _export_only(columns)
    for index, (target, confidence, _question) in guess_mapping("contacts", columns, sample, totals).items():
        if columns[index].lower() in not_imported:
            target = "ignore"
        elif confidence < CERTAIN and columns[index].lower() in known:
            target = known.pop(columns[index].lower())
        elif target.startswith(FIELD):
            values = [row[index] for row in sample if index < len(row) and row[index].strip()]
            key = target.removeprefix("field:")
            kind = _kind_of(values, columns[index])
            target = known.pop(key, "") or known.pop(columns[index].lower(), "") or f"{NEW}{kind}"
            if target in taken:
                target = "ignore"
            confidence = _GUESSED
        guessed[index] = Guess(target, confidence)
        taken |= set() if target.startswith(NEW) else {target}
    return guessed


def _export_only(columns: Sequence[str]) -> set[str]:
    """Returns the columns of our own export that cannot be imported; none for another file."""
    if OWN_EXPORT.isdisjoint(name.lower() for name in columns):
        return set()
    names = set(OWN_EXPORT)
    for language in ("id", "en"):
        with translation.override(language):
            names |= {str(label).lower() for column in export_columns() for label in column.labels}
    return names


def check(imported: Import) -> None:
    """Raises DomainError unless a column has the number or the code: a contact needs one of them."""
    if {"phone", "phone2", "phone3", "code"}.isdisjoint(imported.mapping.values()):
        message = _("Choose the column with the WhatsApp number (or your own customer code).")
        raise DomainError(message, code="no_identity_column", field="mapping")


def preview(imported: Import, rows: Sequence[Row]) -> Preview:
    """Returns the sample as it would be stored. Writes nothing."""
    trial, fields = _trial(imported)
    width = len(imported.columns)
    parsed = Parser(trial, fields)([row for row in rows if len(row[1]) == width])
    labels: dict[str, str | Promise] = {f"field:{f.key}": f.label for f in fields} | LABELS
    mapped = {_SHOWN_AS.get(target, target) for target in trial.mapping.values()}
    if is_list_of_names_and_numbers(trial):
        mapped.add("name")
    used = [target for target in (*LABELS, *(f"field:{f.key}" for f in fields)) if target in mapped]
    lang = imported.workspace.language
    stored = [(p.row, [_shown(p, target, lang) for target in used], "") for p in parsed.people]
    refused = [(r.row, [c for c in r.cells if c.strip()], reason(r.code, r.params)) for r in parsed.rejections]
    return Preview([labels[target] for target in used], sorted(stored + refused), _notices(imported))


def _notices(imported: Import) -> list[str]:
    """Returns sentences about a second table, rows that would be joined and codes that several people share."""
    joins, notices = count_joins(imported), []
    if columns_of_second_table(imported.columns):
        words = gettext(
            "Two tables lie next to each other in this file. Only the people of the first one become contacts: move the"
            " second table below the first one and upload the file again."
        )
        notices.append(words)
    if joins.is_code_shared:
        notices.append(_not_a_code(imported, joins))
    if joins.rows:
        words = ngettext(
            "%(count)s row repeats a person of this file: it becomes part of the same contact.",
            "%(count)s rows repeat people of this file: they become part of the same contacts.",
            joins.rows,
        )
        notices += [words % {"count": formats.number(joins.rows)}, _for_example(joins.examples)]
    if joins.moved and not joins.is_code_shared:
        words = ngettext(
            "%(count)s row has the customer code of a contact with another number: that contact gets this number too.",
            "%(count)s rows have the customer code of a contact with another number: those contacts get these numbers"
            " too.",
            joins.moved,
        )
        notices += [words % {"count": formats.number(joins.moved)}, _for_example(joins.moves)]
    if not joins.whole and notices:
        notices.append(gettext("Counted among the first %s rows.") % formats.number(COUNTED))
    return notices


def _for_example(examples: Sequence[Example]) -> str:
    rows = gettext("%(name)s (rows %(rows)s)")
    shown = [rows % {"name": one.name, "rows": ", ".join(map(str, one.rows))} for one in examples]
    return gettext("For example: %s.") % "; ".join(shown)


def _not_a_code(imported: Import, joins: Joins) -> str:
    column = next(imported.columns[int(index)] for index, target in imported.mapping.items() if target == "code")
    message = gettext(
        "“%(column)s” is not a customer code: %(count)s of %(people)s people share one with another number."
        " Choose something else for this column."
    )
    counts = {"count": formats.number(joins.sharing), "people": formats.number(joins.people)}
    return message % {"column": column, **counts}


def _trial(imported: Import) -> tuple[Import, list[Field]]:
    """Returns a copy of the import in which the `new:` columns have fields already."""
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


def _new_column(label: str | Promise) -> str:
    return gettext("New column: %(kind)s") % {"kind": label}


def _kind_of(values: Sequence[str], name: str) -> str:
    """Returns the kind of field that fits all sample values. Long numbers such as those of identity cards are text.
    Numbers are days of a spreadsheet only in a column that is named like a date."""
    if any(len(value.strip()) > _LONGEST_NUMBER and value.strip().isdigit() for value in values):
        return "text"
    named_date = not _DATES.isdisjoint(normalise_keyword(name).split())
    if values and named_date and all(not isinstance(parse_date(value), Refusal) for value in values):
        return "date"
    if values and all(value.strip().isdigit() and not _is_padded(value) for value in values):
        return "number"  # also 0 and 1, which further rows may continue with 2
    if values and all(yes_or_no(value) is not None for value in values) and len(set(values)) <= 4:
        return "yes_no"
    if values and all(not isinstance(parse_date(value), Refusal) for value in values):
        return "date"
    if values and all(not isinstance(parse_amount(value), Refusal) and not _is_padded(value) for value in values):
        return "number"
    return "text"


def _is_padded(value: str) -> bool:
    """Whether a number has a leading zero, which a field of numbers would lose."""
    return value.startswith("0") and value.strip() != "0"


def prepare(imported: Import, answers: Mapping[str, Any]) -> None:
    """Creates the new fields and stores the answers of the start step in `imported.options`.

    `consent_statement`: where and how the people agreed; without it no permission is granted. `source` is stored for
    people whose row has none. `tags` (separated by commas) are added to all people of the file. Raises DomainError.
    """
    statement = str(answers.get("consent_statement") or "").strip()
    if len(statement) > MAX_STATEMENT:
        raise DomainError(_("At most 1,000 characters."), code="too_long", field="consent_statement")
    joins = count_joins(imported)
    if joins.is_code_shared:
        raise DomainError(_not_a_code(imported, joins), code="code_not_unique", field="mapping")
    for index, target in imported.mapping.items():
        if target.startswith(NEW):
            label = imported.columns[int(index)][: LIMITS["source"]] or _("Column")
            field = create_field(workspace=imported.workspace, label=str(label), kind=target.removeprefix(NEW))
            imported.mapping[index] = f"{FIELD}{field.key}"
    names = (clean(tag)[: LIMITS["tag"]] for tag in str(answers.get("tags") or "").split(","))
    imported.options |= {
        "consent_statement": statement,
        "source": clean(str(answers.get("source") or ""))[: LIMITS["source"]],
        "tags": [name for name in names if name][:MAX_TAGS],
    }
