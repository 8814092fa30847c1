"""Forms about alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from wabolt.alerts.models import MailServer
from wabolt.alerts.registry import AlertKind, channels
from wabolt.alerts.services import MailSettings
from wabolt.ui.versions import Versioned

SECURITY = (
    (MailServer.Security.STARTTLS, _("STARTTLS, usually port 587")),
    (MailServer.Security.TLS, _("TLS, usually port 465")),
    (MailServer.Security.NONE, _("None (a server without a password)")),
)

HOST = RegexValidator(
    r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9.])?\Z", _("Write only the name, such as smtp.gmail.com.")
)


class PreferencesForm(Versioned):
    """The channels of each kind as check boxes named after the kind, the quiet hours, and the kinds that come in them
    too."""

    quiet_from = forms.TimeField(
        label=_("Quiet hours begin at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(label=_("and end at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    waking = forms.MultipleChoiceField(
        label=_("What may wake you"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("These come at once, also in the quiet hours."),
    )  # fmt: skip

    def __init__(self, *args: Any, kinds: Sequence[AlertKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        choices = [(channel.key, channel.label) for channel in channels()]
        waking = self.fields["waking"]
        assert isinstance(waking, forms.MultipleChoiceField)
        waking.choices = [(kind.key, kind.label) for kind in kinds]
        for kind in kinds:
            self.fields[kind.key] = forms.MultipleChoiceField(
                label=str(kind.label), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )

    def rows(self) -> list[tuple[AlertKind, BoundField]]:
        """Each kind with its field, for the table."""
        return [(kind, self[kind.key]) for kind in self.kinds]

    def chosen(self) -> Mapping[str, Sequence[str]]:
        """{kind: channels} of a valid form."""
        return {kind.key: self.cleaned_data[kind.key] for kind in self.kinds}


class MailServerForm(Versioned):
    host = forms.CharField(
        label=_("Mail server"), max_length=200, validators=[HOST], help_text=_("For Gmail: smtp.gmail.com"),
        widget=forms.TextInput(attrs={"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(label=_("Protection"), choices=SECURITY, initial=MailServer.Security.STARTTLS)
    username = forms.CharField(
        label=_("User name"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "off", "autocomplete": "off"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), max_length=500, required=False, strip=False,
        help_text=_("Empty keeps the stored one. Gmail needs an app password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    sender = forms.EmailField(label=_("Sender"), max_length=254, help_text=_("Usually the address of this mailbox."))

    def values(self) -> MailSettings:
        """The settings of a valid form."""
        cleaned = self.cleaned_data
        return MailSettings(
            host=cleaned["host"].strip().rstrip("."),
            port=cleaned["port"],
            security=cleaned["security"],
            username=cleaned["username"].strip(),
            password=cleaned["password"] or None,
            sender=cleaned["sender"],
        )
