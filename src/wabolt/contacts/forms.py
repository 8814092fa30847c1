"""Forms of contacts. They collect input; services validate it."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Field, Identity
from wabolt.contacts.registry import source_label
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.lib.web import whole_number
from wabolt.ui.birthdays import BirthdayField
from wabolt.ui.forms import show_refusal
from wabolt.ui.versions import Versioned

FIELD = "field_"


class ContactForm(Versioned):
    """The built-in and custom fields of a contact. `contact` is None for a new one."""

    # One of the two is required, so neither is labelled as optional.
    conditional = ("name", "phone")

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("WhatsApp number"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("As you write it: 0812…, +62…"),
    )
    code = forms.CharField(label=_("Your own customer code"), max_length=100, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    gender = forms.ChoiceField(
        label=_("Gender"), choices=[("", _("Not known")), *Contact.Gender.choices], required=False
    )
    birth_date = BirthdayField(label=_("Date of birth"), required=False, help_text=_("The year may stay empty."))
    email = forms.CharField(
        label=_("E-mail"), max_length=254, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    source = forms.CharField(
        label=_("Source"), max_length=60, required=False, help_text=_("Where this person comes from: till, website …")
    )

    def __init__(self, data: Any = None, *, workspace: Workspace, contact: Contact | None = None) -> None:
        self.edits = contact is not None
        self.workspace, self.contact, self.own = workspace, contact, list(queries.fields(workspace))
        super().__init__(data, initial=self._initial(contact) if contact else None)
        for field in self.own:
            self.fields[f"{FIELD}{field.key}"] = _input(field)

    def _initial(self, contact: Contact) -> dict[str, Any]:
        known = {key: getattr(contact, key) for key in ("name", "city", "gender", "birth_date", "email")}
        known["source"] = source_label(contact.source)
        code = contact.identities.filter(kind=Identity.Kind.CODE).order_by("-id").first()
        known |= {"phone": queries.phone_of(contact) or "", "code": code.value if code else ""}
        for field in self.own:
            value = contact.fields.get(field.key)
            known[f"{FIELD}{field.key}"] = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        return known

    def clean(self) -> dict[str, Any]:
        """Adds every refusal of the services, so that all of them are corrected at once."""
        data = super().clean() or {}
        for problem in services.refusals(
            workspace=self.workspace, contact_id=self.contact.pk if self.contact else None, **self.values()
        ):
            self.refuse(problem)
        return data

    def values(self) -> dict[str, Any]:
        """The keyword arguments of create_contact and update_contact. A field with an error is missing."""
        clean = self.cleaned_data
        columns = ("name", "city", "gender", "birth_date", "email", "source")
        values = {key: clean[key] for key in columns if key in clean}
        if self.contact and values.get("source") == source_label(self.contact.source):
            values["source"] = self.contact.source  # the code of a way in is shown as a word
        values["phone"] = clean.get("phone") or None
        values["identities"] = [("code", clean["code"])] if clean.get("code") else []
        own = {field.key: f"{FIELD}{field.key}" for field in self.own}
        values["fields"] = {key: clean[name] for key, name in own.items() if name in clean}
        return values

    def refuse(self, problem: DomainError) -> None:
        """Shows the message of a DomainError at the field that it belongs to, unless the field has an error already. A
        number or code of another contact is followed by that contact's name."""
        place = problem.field or ""
        name: str | None = place if place in self.fields else f"{FIELD}{place}"
        name = name if name in self.fields else None
        if name in self.errors:
            return
        words, other = str(problem), problem.params.get("contact_id")
        if isinstance(other, int):
            known = queries.contacts(self.workspace).filter(pk=other).first()
            words += " " + str(_("Another contact has it: %(name)s")) % {"name": known}
        self.add_error(name, words)


def _input(field: Field) -> forms.Field:
    label = field.label
    if field.kind == Field.Kind.CHOICE:
        return forms.ChoiceField(label=label, choices=[("", "–"), *((c, c) for c in field.choices)], required=False)
    if field.kind == Field.Kind.YES_NO:
        choices = [("", "–"), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    attrs = {"type": "date"} if field.kind == Field.Kind.DATE else {}
    if field.kind == Field.Kind.NUMBER:
        attrs = {"inputmode": "decimal"}
    return forms.CharField(label=label, required=False, max_length=500, widget=forms.TextInput(attrs=attrs))


class FieldForm(Versioned):
    """A custom field. The kind of an existing field cannot change."""

    label = forms.CharField(label=_("Name of the column"), max_length=60)
    kind = forms.ChoiceField(label=_("What it holds"), choices=Field.Kind.choices, required=False)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only for the kind “Choice”: one on each line."),
    )

    def __init__(self, data: Any = None, *, field: Field | None = None) -> None:
        self.edits, self.field = field is not None, field
        initial = {"label": field.label, "choices": "\n".join(field.choices)} if field else None
        super().__init__(data, initial=initial)
        if field is not None:
            del self.fields["kind"]
            if field.kind != Field.Kind.CHOICE:
                del self.fields["choices"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = self.field.kind if self.field else data.get("kind")
        try:
            services.read_choices(str(kind), self.choice_lines())
        except DomainError as problem:
            show_refusal(self, problem)
        return data

    def choice_lines(self) -> list[str]:
        """The choices as a list."""
        return str(self.cleaned_data.get("choices", "")).splitlines()


class PermissionForm(forms.Form):
    """The source of the consent of the people in a file."""

    consent_statement = forms.CharField(
        label=_("Where and how did they agree?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "data-counter": "statement-count", "maxlength": 1000}),
        help_text=_("For example: “Form at the till since March 2025, box ticked by the customer.”"),
    )
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=60,
        help_text=_("Stored for people whose row has no source."),
    )
    tags = forms.CharField(
        label=_("Labels for everybody in this file"),
        required=False,
        max_length=400,
        help_text=_("Separated by commas."),
    )


def filters_of(data: Any) -> queries.Filters:
    """Returns the filters in an address or a posted form. An invalid value gives an empty result, never an error."""
    from wabolt.contacts import registry

    def text(key: str) -> str:
        return storable(str(data.get(key, ""))).strip()[:200]

    marks = {mark.key: text(mark.key) for mark in registry.marks() if mark.filters and text(mark.key) in mark.filters}
    reach = text("reach")
    return queries.Filters(
        q=text("q"), tag=text("tag"), city=text("city"), source=text("source"), marks=marks,
        reach=reach if reach in {"yes", "no"} else "",
    )  # fmt: skip


def number_of(request: HttpRequest, key: str) -> int | None:
    """Returns a whole number from the address, or None."""
    return whole_number(request.GET.get(key, ""))
