"""The form of a number over the Cloud API."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.channels.models import CloudAccount
from wabolt.channels.providers.cloud.accounts import Secrets

_ID = r"^\s*[0-9]{5,30}\s*\Z"


def _secret(label: Any, help_text: Any, max_length: int) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, max_length=max_length, widget=widget, strip=True)


class CloudForm(forms.Form):
    """The ids and secrets of an account. Stored secrets are never shown; an empty field keeps them."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What your team calls this number, for example “Toko” or “CS 2”.")
    )
    phone_number_id = forms.RegexField(
        _ID,
        label=_("Phone number ID"),
        help_text=_("In WhatsApp Manager › API setup. A long number, not the phone number itself."),
        error_messages={"invalid": _("Only digits, as Meta shows it.")},
    )
    waba_id = forms.RegexField(
        _ID,
        label=_("WhatsApp Business account ID"),
        help_text=_("On the same page, below the phone number ID."),
        error_messages={"invalid": _("Only digits, as Meta shows it.")},
    )
    token = _secret(_("Access token"), _("Of a system user, so that it does not expire after a day."), 1000)
    app_secret = _secret(_("App secret"), _("In the app's settings, under Basic. Meta signs its calls with it."), 200)
    verify_token = _secret(
        _("Verify token"),
        _("A word of your choice that Meta repeats once. Leave it empty to get a generated one."),
        200,
    )

    def __init__(self, account: CloudAccount | None, *args: Any, **kwargs: Any) -> None:
        if account is not None:
            kwargs["initial"] = {"phone_number_id": account.phone_number_id, "waba_id": account.waba_id}
        super().__init__(*args, **kwargs)
        self.fields["verify_token"].required = False
        if account is not None:
            del self.fields["name"]
            for field in ("token", "app_secret"):
                self.fields[field].required = False
                self.fields[field].widget.attrs["placeholder"] = _("stored, leave empty to keep")

    def clean_phone_number_id(self) -> str:
        return str(self.cleaned_data["phone_number_id"]).strip()

    def clean_waba_id(self) -> str:
        return str(self.cleaned_data["waba_id"]).strip()

    def secrets(self) -> Secrets:
        """Returns the typed secrets."""
        data = self.cleaned_data
        return Secrets(data["token"], data["app_secret"], data["verify_token"])
