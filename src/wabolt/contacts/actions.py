"""The actions on contacts that this room offers to rules, chat forms and journeys: labels and fields."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Field
from wabolt.contacts.queries import fields, tags
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.contacts.services import add_notes, add_tags, clean_fields, clean_note, remove_tags, set_field
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.ui.suggestions import Suggesting

Params = Mapping[str, Any]
LONGEST_TAG = 60


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_contact_action(
        ContactAction(
            "contacts.tag", gettext_lazy("Give a label"), "tag", _tag, _tag_sentence,
            fields=_tag_fields, check=_checked_tag, order=10,
        ),
        ContactAction(
            "contacts.untag", gettext_lazy("Take a label away"), "tags", _untag, _untag_sentence,
            fields=_tag_fields, check=_checked_tag, order=20,
        ),
        ContactAction(
            "contacts.set_field", gettext_lazy("Fill in a column"), "columns", _set, _set_sentence,
            fields=_set_fields, check=_checked_value, offered=_has_fields, order=30,
        ),
        ContactAction(
            "contacts.note", gettext_lazy("Write a note for the team"), "note", _note, _note_sentence,
            fields=_note_fields, check=_checked_note, order=85,
        ),
    )  # fmt: skip


def _tag_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    widget = Suggesting(lambda: tags(workspace).values_list("name", flat=True))
    return {"tag": forms.CharField(label=gettext_lazy("Name of the label"), max_length=LONGEST_TAG, widget=widget)}


def _checked_tag(_workspace: Workspace, params: Params) -> Params:
    name = clean(storable(str(params.get("tag", ""))))
    if not 1 <= len(name) <= LONGEST_TAG:
        raise DomainError(_("A label has 1 to 60 characters."), code="bad_tag", field="tag")
    return {"tag": name}


def _tag(run: ActionRun) -> Mapping[int, str]:
    add_tags(workspace=run.workspace, contact_ids=run.contact_ids, tag_names=[str(run.params.get("tag", ""))])
    return {}


def _untag(run: ActionRun) -> Mapping[int, str]:
    remove_tags(workspace=run.workspace, contact_ids=run.contact_ids, tag_names=[str(run.params.get("tag", ""))])
    return {}


def _tag_sentence(_workspace: Workspace, params: Params) -> str:
    return _("Give the label “%(name)s”") % {"name": params.get("tag", "")}


def _untag_sentence(_workspace: Workspace, params: Params) -> str:
    return _("Take the label “%(name)s” away") % {"name": params.get("tag", "")}


def _note_fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    help_text = gettext_lazy("The team sees it in the contact. The same note is written once.")
    return {"text": forms.CharField(label=gettext_lazy("Note"), max_length=500, help_text=help_text)}


def _checked_note(_workspace: Workspace, params: Params) -> Params:
    return {"text": clean_note(str(params.get("text", "")))}


def _note(run: ActionRun) -> Mapping[int, str]:
    add_notes(workspace=run.workspace, contact_ids=run.contact_ids, text=str(run.params.get("text", "")), author=run.by)
    return {}


def _note_sentence(_workspace: Workspace, params: Params) -> str:
    return _("Write the note: %(text)s") % {"text": params.get("text", "")}


def _has_fields(workspace: Workspace) -> bool:
    return fields(workspace).exists()


def _set_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    columns = [(field.key, field.label) for field in fields(workspace)]
    return {
        "column": forms.ChoiceField(label=gettext_lazy("Column"), choices=columns),
        "value": forms.CharField(
            label=gettext_lazy("Value"), max_length=500, required=False, help_text=gettext_lazy("Empty: clear it.")
        ),
    }


def _checked_value(workspace: Workspace, params: Params) -> Params:
    column, value = str(params.get("column", "")), clean(storable(str(params.get("value", ""))))
    try:
        clean_fields(workspace, {column: value})
    except DomainError as error:
        name = "column" if error.code == "unknown_field" else "value"
        raise DomainError(error.message, code=error.code, field=name, **error.params) from error
    return {"column": column, "value": value}


def _set(run: ActionRun) -> Mapping[int, str]:
    column, value = str(run.params.get("column", "")), run.params.get("value", "")
    set_field(workspace=run.workspace, contact_ids=run.contact_ids, key=column, value=value)
    return {}


def _set_sentence(workspace: Workspace, params: Params) -> str:
    column, value = str(params.get("column", "")), params.get("value", "")
    label = Field.objects.filter(workspace=workspace, key=column).values_list("label", flat=True).first() or column
    if not value:
        return _("Clear the column “%(column)s”") % {"column": label}
    return _("Set “%(column)s” to “%(value)s”") % {"column": label, "value": value}
