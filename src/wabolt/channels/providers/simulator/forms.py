"""The form that picks a simulated phone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.channels.forms import read_phone

_ = gettext_lazy


class PickPhoneForm(forms.Form):
    """Which simulated phone to take in hand."""

    phone = forms.CharField(label=_("Phone number"), max_length=40)

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_phone(self) -> str:
        return read_phone(self.workspace, self.cleaned_data["phone"])
