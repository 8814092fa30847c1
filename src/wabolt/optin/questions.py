"""The questions that a form may ask: columns of a contact, and the shop's custom fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.queries import fields

OWN = "field:"
"""Prefix of the key of a question about a custom field."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `key`: a column of a contact, or OWN and the key of a custom field."""

    key: str
    label: str | Promise
    kind: str
    choices: tuple[str, ...] = ()
    in_settings: str | Promise = ""
    """The label in the settings; `label` speaks to the customer."""


COLUMNS = (
    Question("name", _("Your name"), "name", in_settings=_("Customer's name")),
    Question("birth_date", _("Your birthday"), "birthday", in_settings=_("Customer's birthday")),
    Question("city", _("Your city"), "city", in_settings=_("Customer's city")),
    Question("gender", _("Gender"), "gender"),
    Question("email", _("E-mail"), "email"),
)


def possible_questions(workspace: Workspace) -> list[Question]:
    """All questions that a form of this workspace may ask."""
    own = [Question(f"{OWN}{field.key}", field.label, field.kind, tuple(field.choices)) for field in fields(workspace)]
    return [*COLUMNS, *own]


def asked_questions(workspace: Workspace, stored: Sequence[Mapping[str, Any]]) -> list[tuple[Question, bool]]:
    """The stored questions that can still be asked, each with whether an answer is required."""
    known = {question.key: question for question in possible_questions(workspace)}
    return [
        (known[str(item.get("key"))], bool(item.get("required"))) for item in stored if str(item.get("key")) in known
    ]


def input_for(question: Question, *, required: bool) -> forms.Field:
    """The form field of a question on the public page."""
    common: dict[str, Any] = {"label": question.label, "required": required}
    match question.kind:
        case "name":
            return forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}), **common)
        case "city":
            return forms.CharField(
                max_length=100, widget=forms.TextInput(attrs={"autocomplete": "address-level2"}), **common
            )
        case "email":
            return forms.EmailField(max_length=254, **common)
        case "gender":
            return forms.ChoiceField(choices=[("", "–"), *Contact.Gender.choices], **common)
        case "birthday" | Field.Kind.DATE:
            return forms.DateField(
                localize=False,
                widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
                input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"],
                **common,
            )
        case Field.Kind.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *((text, text) for text in question.choices)], **common)
        case Field.Kind.YES_NO:
            return forms.ChoiceField(choices=[("", "–"), ("yes", _("Yes")), ("no", _("No"))], **common)
        case Field.Kind.NUMBER:
            return forms.DecimalField(max_digits=15, decimal_places=4, **common)
    return forms.CharField(max_length=500, **common)


def stored_answer(value: Any) -> Any:
    """An answer as plain JSON; a date as ISO text."""
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, str) else str(value)
