"""Everything that the rooms hold about a person, in sections, for the copy that the person may ask for.

The sections come from the registry of personal data, so a room that registers a table appears here by itself. Numbers
of other customers in notes and fields are hidden: a copy may not reveal another person (UU PDP, article 33)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Contact, Event, Identity
from wabolt.contacts.queries import describe_events, fields, with_absorbed
from wabolt.contacts.registry import PersonalData, personal_data, personal_rows
from wabolt.lib.phones import Phone, parse_phone

HIDDEN = frozenset({"workspace_id", "contact_id", "search", "reachable", "city_original", "author_id", "created_by_id"})
"""Columns that no copy shows: keys of the program, and names of members."""
_NUMBER = re.compile(r"(?<!\d)(?:\+|0)?\d[\d .\-]{7,18}\d(?!\d)")
_COLUMNS = {
    "kind": pgettext_lazy("column", "Kind"),
    "value": pgettext_lazy("column", "Value"),
    "text": pgettext_lazy("column", "Text"),
    "created_at": pgettext_lazy("column", "Time"),
    "at": pgettext_lazy("column", "Time"),
    "time": pgettext_lazy("column", "Time"),
    "since": pgettext_lazy("column", "Since"),
    "day": pgettext_lazy("column", "Day"),
    "how": pgettext_lazy("column", "How"),
    "user": pgettext_lazy("column", "Who"),
    "tag": pgettext_lazy("column", "Label"),
    "state": pgettext_lazy("column", "State"),
    "direction": pgettext_lazy("column", "Direction"),
    "purpose": pgettext_lazy("column", "Purpose"),
    "action": pgettext_lazy("column", "What"),
    "source": pgettext_lazy("column", "Source"),
    "wording": pgettext_lazy("column", "Text that was agreed to"),
    "evidence": pgettext_lazy("column", "Proof"),
    "channel": pgettext_lazy("column", "WhatsApp number of the shop"),
    "answers": pgettext_lazy("column", "Answers"),
    "number": pgettext_lazy("column", "Number"),
    "amount": pgettext_lazy("column", "Amount"),
    "product": pgettext_lazy("column", "Product"),
    "code": pgettext_lazy("column", "Code"),
    "name": pgettext_lazy("column", "Name"),
    "details": pgettext_lazy("column", "What was said"),
    "opened_at": pgettext_lazy("column", "Received"),
    "closed_at": pgettext_lazy("column", "Closed"),
    "sent_at": pgettext_lazy("column", "Sent"),
    "read_at": pgettext_lazy("column", "Read"),
    "delivered_at": pgettext_lazy("column", "Delivered"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one kind. `rows`: (label, value) pairs, values as JSON knows them. `brief`: only the number of rows goes
    on the page that people read; the file for programs has them all."""

    key: str
    title: str
    rows: Sequence[Sequence[tuple[str, Any]]]
    raw: Sequence[dict[str, Any]] = field(default_factory=list)
    brief: bool = False


def sections_of(workspace: Workspace, contact: Contact) -> list[Section]:
    """Everything about this person, in the active language, without empty sections."""
    mask, ids = _Mask(workspace, contact), with_absorbed(workspace, [contact.pk])
    found = [_person(workspace, contact, mask)]
    found += [
        _timeline(workspace, ids) if data.table == "contacts_event" else _table(data, ids, mask)
        for data in personal_data()
    ]
    for place in personal_rows():
        if place.read is not None:
            rows = place.read(workspace, ids)
            found.append(Section(place.key, str(place.label), [], rows, brief=True))
    return [section for section in found if section.rows or section.raw]


def _person(workspace: Workspace, contact: Contact, mask: "_Mask") -> Section:
    names = ("name", "whatsapp_name", "gender", "birth_date", "city", "email", "language", "source", "created_at")
    labels = (_("Name"), _("Name in WhatsApp"), _("Gender"), _("Date of birth"), _("City"), _("E-mail"), _("Language"),
              _("Source"), _("Known since"))  # fmt: skip
    values = [(label, _value(contact, name)) for label, name in zip(labels, names, strict=True)]
    own = [(one.label, mask(contact.fields.get(one.key))) for one in fields(workspace)]
    rows = [[(label, value)] for label, value in [*values, *own] if value not in (None, "")]
    raw = {name: _value(contact, name) for name in names} | {"fields": mask(contact.fields)}
    return Section("contact", str(_("About you")), rows, [raw])


def _timeline(workspace: Workspace, ids: Sequence[int]) -> Section:
    events = list(Event.objects.filter(workspace=workspace, contact__in=ids).order_by("time", "id"))
    rows = [
        [(_label("time"), entry.event.time.isoformat()), (str(entry.title), entry.line)]
        for entry in describe_events(events)
    ]
    raw = [{"time": one.time.isoformat(), "kind": one.kind, "data": one.data} for one in events]
    return Section("contacts_event", str(_("What happened")), rows, raw)


def _table(data: PersonalData, ids: Sequence[int], mask: "_Mask") -> Section:
    model = next(model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == data.table)
    shown = [
        one
        for one in model._meta.concrete_fields
        if not one.primary_key and one.column not in HIDDEN and one.column not in data.secret
        and not isinstance(one, models.BinaryField)
        and (one.related_model is not User or data.table == "contacts_contactview")
    ]  # fmt: skip
    references = [one.name for one in shown if one.is_relation]
    query = model._default_manager.filter(contact_id__in=ids).select_related(*references).order_by("pk")
    plain = data.table.startswith("messaging_")  # the person wrote or received these texts
    rows: list[list[tuple[str, Any]]] = []
    raw: list[dict[str, Any]] = []
    for row in query:
        values = {one.name: _value(row, one.name) for one in shown}
        values = values if plain else {name: mask(value) for name, value in values.items()}
        raw.append(values)
        rows.append([(_label(name), value) for name, value in values.items() if value not in (None, "", {}, [])])
    return Section(data.table, str(data.label), rows, raw)


def _label(name: str) -> str:
    return str(_COLUMNS.get(name, name.replace("_", " ").capitalize()))


def _value(row: models.Model, name: str) -> Any:
    """A value as JSON knows it: choices in words, references as the text or the name of the object."""
    one = row._meta.get_field(name)
    value = getattr(row, name)
    if getattr(one, "choices", None):
        return str(getattr(row, f"get_{name}_display")())
    if isinstance(value, User):
        return value.name or str(_("Member of the team"))
    if isinstance(value, models.Model):
        return str(getattr(value, "text", "") or value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


class _Mask:
    """Hides numbers of other customers in a value."""

    def __init__(self, workspace: Workspace, contact: Contact) -> None:
        self._workspace, self._contact = workspace, contact
        self._known: dict[str, bool] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self(item) for item in value]
        return _NUMBER.sub(self._number, value) if isinstance(value, str) else value

    def _number(self, match: re.Match[str]) -> str:
        text = match[0]
        if text not in self._known:
            phone = parse_phone(text, self._workspace.country)
            value = phone.e164 if isinstance(phone, Phone) else ""
            others = Identity.objects.filter(workspace=self._workspace, kind="phone", value=value)
            self._known[text] = others.exclude(contact=self._contact).exists()
        return "[" + _("number of another customer") + "]" if self._known[text] else text


def lines_of(section: Section) -> Iterator[str]:
    """The rows of a section as lines of text."""
    if section.brief:
        yield str(_("%(count)s entries; they are in the file data.json.") % {"count": len(section.raw)})
        return
    for row in section.rows:
        yield " · ".join(f"{label}: {_plain(value)}" for label, value in row)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(value)
