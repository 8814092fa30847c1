"""Forms about a person, the shop and its team."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Membership, User
from wabolt.accounts.services.workspaces import CURRENCIES
from wabolt.ui.time_zones import INDONESIAN_ZONES, zones_abroad
from wabolt.ui.versions import Versioned

LANGUAGES = (("id", "Bahasa Indonesia"), ("en", "English"))

OTHER_ZONE = "other"


def indonesian_choices() -> list[Any]:
    """The three zones of Indonesia, and a choice that opens the list of all others."""
    return [*INDONESIAN_ZONES, (OTHER_ZONE, _("Outside Indonesia …"))]


def other_choices() -> list[Any]:
    """The zones outside Indonesia, by region."""
    return [("", "–"), *zones_abroad()]


class TimezoneFields(forms.Form):
    """The time zone of a shop: one of Indonesia's three, or one of a longer list that the page shows only when asked.

    `cleaned_data["timezone"]` is the name of the zone in both cases.
    """

    timezone = forms.ChoiceField(label=_("Time zone"), choices=indonesian_choices, initial="Asia/Jakarta")
    other_timezone = forms.ChoiceField(label=_("Which one?"), choices=other_choices, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = dict(kwargs.get("initial") or {})
        if initial.get("timezone") and initial["timezone"] not in dict(INDONESIAN_ZONES):
            initial |= {"other_timezone": initial["timezone"], "timezone": OTHER_ZONE}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        other = data.pop("other_timezone", "")
        if data.get("timezone") == OTHER_ZONE:
            if not other and "other_timezone" not in self.errors:
                self.add_error("other_timezone", _("Choose the time zone of your shop."))
            data["timezone"] = other
        else:
            self.errors.pop("other_timezone", None)  # The list is hidden.
        return data


class NewPassword(forms.Form):
    """Checks a new password together with the other fields, so that all errors are shown at once. The service checks it
    again."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("password"):
            try:
                validate_password(data["password"], User(email=data.get("email", ""), name=data.get("name", "")))
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return data


class SetupForm(NewPassword, TimezoneFields):
    shop = forms.CharField(
        label=_("Name of your shop"), max_length=100, widget=forms.TextInput(attrs={"autofocus": True})
    )
    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=_("You sign in with it. It gets alerts only if you turn that on."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=200,
        help_text=_("At least 10 characters. A short sentence is good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    field_order = ("shop", "name", "email", "password", "timezone", "other_timezone")


class InvitationForm(NewPassword):
    """The data of a new person who accepts an invitation."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=200,
        help_text=_("At least 10 characters. A short sentence is good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class ProfileForm(Versioned):
    name = forms.CharField(label=_("Your name"), max_length=100)
    language = forms.ChoiceField(label=_("Language"), choices=[("", _("As the shop"))], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As the shop")), *LANGUAGES]  # type: ignore[attr-defined]


class ShopForm(TimezoneFields, Versioned):
    name = forms.CharField(label=_("Name of the shop"), max_length=100, help_text=_("Customers see it in your texts."))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    field_order = ("name", "timezone", "other_timezone", "language", "currency")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].help_text = _("Quiet hours and reports follow it.")


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Who is it?"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.AGENT)


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=100)
    role = forms.ChoiceField(label=_("May do as much as"), choices=Membership.Role.choices, initial="viewer")
