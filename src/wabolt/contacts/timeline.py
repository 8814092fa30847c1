"""The kinds of events that contacts record themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Note, Tag
from wabolt.contacts.registry import EventFact, EventKind, register_event_kinds, source_label
from wabolt.imports.models import Import

LINE = 160
"""Letters of a text that the timeline shows."""

_COLUMNS: dict[str, Promise] = {
    "name": gettext_lazy("name"),
    "city": gettext_lazy("city"),
    "gender": gettext_lazy("gender"),
    "birth_date": gettext_lazy("date of birth"),
    "email": gettext_lazy("e-mail"),
    "source": gettext_lazy("source"),
    "fields": gettext_lazy("your columns"),
    "phone": gettext_lazy("number"),
    "code": gettext_lazy("code"),
}


def _tags(workspace: Workspace) -> Sequence[tuple[Any, str]]:
    names = Tag.objects.filter(workspace=workspace).order_by("name").values_list("name", flat=True)
    return [(name, name) for name in names]


_TAG = EventFact("name", gettext_lazy("Which label"), _tags)


def _created(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The name of the imported file of each event, or the source of the contact."""
    ids = [pk if type(pk := data.get("import")) is int else 0 for data in events]
    found = Import.objects.filter(workspace=workspace_id, pk__in=ids) if any(ids) else Import.objects.none()
    files = {pk: _("Import of %(file)s") % {"file": name} for pk, name in found.values_list("pk", "filename")}
    return [
        files.get(pk) or source_label(str(data.get("source") or ""))[:200] for pk, data in zip(ids, events, strict=True)
    ]


def _updated(data: Mapping[str, Any]) -> str:
    columns = data.get("columns")
    return ", ".join(str(_COLUMNS.get(column, column)) for column in columns) if isinstance(columns, list) else ""


def _name(data: Mapping[str, Any]) -> str:
    return str(data.get("name") or "")[:200]


def _notes(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The beginning of each note; "" for one that was deleted."""
    ids = [data.get("note") for data in events]
    notes = Note.objects.filter(contact__workspace_id=workspace_id, pk__in=[pk for pk in ids if isinstance(pk, int)])
    texts = dict(notes.values_list("pk", "text"))
    return [texts.get(pk, "")[:LINE] if isinstance(pk, int) else "" for pk in ids]


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_event_kinds(
        EventKind("contact_created", gettext_lazy("Contact added"), "user-plus", "data", "primary", lines=_created),
        EventKind("contact_updated", gettext_lazy("Data changed"), "edit", "data", line=_updated),
        EventKind("contact_merged", gettext_lazy("Two contacts became one"), "users", "data", "primary"),
        EventKind("contact_moved", gettext_lazy("Has a new WhatsApp number"), "refresh", "data", "primary"),
        EventKind("contact_parted", gettext_lazy("One contact became two again"), "users", "data"),
        EventKind("contact_erased", gettext_lazy("Data deleted"), "trash", "data"),
        EventKind("tag_added", gettext_lazy("Label added"), "tag", "data", line=_name, facts=(_TAG,)),
        EventKind("tag_removed", gettext_lazy("Label removed"), "tag", "data", line=_name, facts=(_TAG,)),
        EventKind("note_added", gettext_lazy("Note written"), "note", "data", lines=_notes),
        EventKind(
            "chat_found", gettext_lazy("Had written before the number was linked"), "history", "messages", "good"
        ),
    )
