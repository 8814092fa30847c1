"""Forms about a person, the shop and its team."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Membership
from wabolt.accounts.services.workspaces import CURRENCIES
from wabolt.ui.versions import Versioned

INDONESIAN_ZONES = (
    ("Asia/Jakarta", _("WIB: Jakarta, Sumatra, West and Central Kalimantan")),
    ("Asia/Makassar", _("WITA: Bali, Sulawesi, NTB, NTT, East and South Kalimantan")),
    ("Asia/Jayapura", _("WIT: Maluku, Papua")),
)
LANGUAGES = (("id", "Bahasa Indonesia"), ("en", "English"))


@cache
def _other_zones() -> tuple[tuple[str, str], ...]:
    known = dict(INDONESIAN_ZONES)
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return tuple((name, name.replace("_", " ")) for name in names if name not in known)


def timezone_choices() -> list[Any]:
    """Time zones for a select: the three of Indonesia, then all others."""
    return [(_("Indonesia"), list(INDONESIAN_ZONES)), (_("Other places"), list(_other_zones()))]


class SetupForm(forms.Form):
    shop = forms.CharField(
        label=_("Name of your shop"), max_length=100, widget=forms.TextInput(attrs={"autofocus": True})
    )
    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=_("You sign in with it. We send nothing to it."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=200,
        help_text=_("At least 10 characters. A short sentence is good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    timezone = forms.ChoiceField(label=_("Time zone"), choices=timezone_choices, initial="Asia/Jakarta")


class InvitationForm(forms.Form):
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


class ShopForm(Versioned):
    name = forms.CharField(label=_("Name of the shop"), max_length=100, help_text=_("Customers see it in your texts."))
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=timezone_choices, help_text=_("Quiet hours and reports follow it.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Who is it?"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.AGENT)


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=100)
    role = forms.ChoiceField(label=_("May do as much as"), choices=Membership.Role.choices, initial="viewer")
