"""The questions that a form may ask: columns of a contact, two usual ones, and the shop's custom fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.queries import fields
from wabolt.contacts.services import create_field
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.ui.birthdays import BirthdayField

OWN = "field:"
"""Prefix of the key of a question about a custom field."""
INTERESTS, SIZE = f"{OWN}minat", f"{OWN}ukuran"
MAX_CHOICES, MAX_CHOICE = 30, 40
_CHIPS = 8
"""Choices that are shown as chips; more of them are a list."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `key`: a column of a contact, or OWN and the key of a custom field. `kind`: "name", "birthday",
    "city", "gender", "email", "interests" or a Field.Kind. `choices`: those of a custom field."""

    key: str
    label: str | Promise
    kind: str
    choices: tuple[str, ...] = ()
    in_settings: str | Promise = ""
    """The label in the settings; `label` speaks to the customer."""

    @property
    def takes_choices(self) -> bool:
        """Whether the shop may give choices for this form; without them people write an answer."""
        return self.kind in {Field.Kind.TEXT, "interests"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of one form. `choices`: given for this form. `asks_year`: of a birthday."""

    question: Question
    required: bool = False
    asks_year: bool = True
    choices: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """The item of `EntryPoint.questions`."""
        found: dict[str, Any] = {"key": self.question.key, "required": self.required}
        if self.question.kind == "birthday":
            found["year"] = self.asks_year
        if self.choices:
            found["choices"] = list(self.choices)
        return found


COLUMNS = (
    Question("name", gettext_lazy("Your name"), "name", in_settings=gettext_lazy("Customer's name")),
    Question("birth_date", gettext_lazy("Your birthday"), "birthday", in_settings=gettext_lazy("Customer's birthday")),
    Question("city", gettext_lazy("Your city"), "city", in_settings=gettext_lazy("Customer's city")),
    Question(INTERESTS, gettext_lazy("What do you like?"), "interests", in_settings=gettext_lazy("Interests")),
    Question(SIZE, gettext_lazy("Your size"), Field.Kind.TEXT, in_settings=gettext_lazy("Size")),
    Question("gender", gettext_lazy("Gender"), "gender"),
    Question("email", gettext_lazy("E-mail"), "email"),
)
"""The usual questions. INTERESTS and SIZE become custom fields when a form first asks them."""
_USUAL = {INTERESTS: gettext_lazy("Interests"), SIZE: gettext_lazy("Size")}


def possible_questions(workspace: Workspace) -> list[Question]:
    """All questions that a form of this workspace may ask. A field that the shop made itself keeps its kind."""
    own = {f"{OWN}{field.key}": field for field in fields(workspace)}
    usual = {question.key: question for question in COLUMNS}
    made = {
        key: Question(key, field.label, field.kind, tuple(field.choices))
        for key, field in own.items()
        if key not in usual or field.kind != Field.Kind.TEXT
    }
    return list((usual | made).values())


def asked_questions(workspace: Workspace, stored: Sequence[Mapping[str, Any]]) -> list[Asked]:
    """The stored questions, in order, without those about fields that no longer exist.

    A stored item has `key`, `required`, for a birthday `year`, and `choices` if the shop gave some.
    """
    known = {question.key: question for question in possible_questions(workspace)}
    return [
        Asked(
            known[str(item.get("key"))],
            bool(item.get("required")),
            bool(item.get("year", True)),
            tuple(map(str, item.get("choices") or ())),
        )
        for item in stored
        if str(item.get("key")) in known
    ]


def clean_choices(texts: Iterable[str]) -> tuple[str, ...]:
    """The choices of a question without blanks and doubles. Raises DomainError `too_many`, `too_long`."""
    found = tuple(dict.fromkeys(text for text in map(clean, map(storable, texts)) if text))
    if len(found) > MAX_CHOICES:
        raise DomainError(_("Up to 30 choices fit into one question."), code="too_many")
    if any(len(text) > MAX_CHOICE for text in found):
        raise DomainError(_("A choice has up to 40 letters."), code="too_long")
    return found


def ensure_fields(*, workspace: Workspace, stored: Sequence[Mapping[str, Any]]) -> None:
    """Creates the custom fields of the usual questions INTERESTS and SIZE, if a form asks them. Raises DomainError."""
    asked = [key for key in _USUAL if any(item.get("key") == key for item in stored)]
    if not asked:
        return
    present = {f"{OWN}{key}" for key in Field.objects.filter(workspace=workspace).values_list("key", flat=True)}
    with override(workspace.language):
        for key in asked:
            label = _USUAL[key]
            if key not in present:
                create_field(workspace=workspace, label=str(label), kind=Field.Kind.TEXT, key=key.removeprefix(OWN))


def input_for(asked: Asked) -> forms.Field:
    """The form field of a question on the public page."""
    question = asked.question
    common: dict[str, Any] = {"label": question.label, "required": asked.required}
    match question.kind:
        case "name":
            return forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}), **common)
        case "city":
            return forms.CharField(
                max_length=100, widget=forms.TextInput(attrs={"autocomplete": "address-level2"}), **common
            )
        case "email":
            return forms.EmailField(max_length=254, **common)
        case "birthday":
            return BirthdayField(asks_year=asked.asks_year, needs_year=asked.asks_year and asked.required, **common)
        case Field.Kind.DATE:
            return forms.DateField(
                localize=False,
                widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
                input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"],
                **common,
            )
        case Field.Kind.NUMBER:
            return forms.DecimalField(max_digits=15, decimal_places=4, **common)
    choices = _choices(asked)
    if question.kind == "interests" and choices:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    return _one_of(choices, common) if choices else forms.CharField(max_length=500, **common)


def _choices(asked: Asked) -> Sequence[tuple[str, Any]]:
    """The choices of a question: (stored value, label); none if people write an answer."""
    match asked.question.kind:
        case "gender":
            return Contact.Gender.choices
        case Field.Kind.YES_NO:
            return [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
        case Field.Kind.CHOICE:
            return [(text, text) for text in asked.question.choices]
    return [(text, text) for text in asked.choices]


def _one_of(choices: Sequence[tuple[str, Any]], common: Mapping[str, Any]) -> forms.ChoiceField:
    if len(choices) <= _CHIPS:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    return forms.ChoiceField(choices=[("", "–"), *choices], **common)


def stored_answer(value: Any) -> Any:
    """An answer as plain JSON: a date as ISO text, several choices as one text."""
    if isinstance(value, list):
        return ", ".join(value)
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, str) else str(value)
