"""Forms of simulated numbers and phones."""

from secrets import randbelow
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.channels.forms import read_phone

_ = gettext_lazy


class NewSimulatedForm(forms.Form):
    """A new simulated number."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What your team calls this number, for example “Toko” or “CS 2”.")
    )
    speed = forms.TypedChoiceField(
        label=_("Time on the simulated phones"),
        coerce=int,
        initial=60,
        choices=[
            (1, _("Real time")),
            (60, _("60 times faster: an hour passes in a minute")),
            (600, _("600 times faster")),
        ],
        help_text=_("Simulated customers read, answer, click and buy by themselves."),
    )

    def options(self) -> dict[str, Any]:
        """Returns the provider's settings (`Channel.options`)."""
        return {"seed": randbelow(1_000_000), "speed": self.cleaned_data["speed"]}


class PickPhoneForm(forms.Form):
    """Chooses a simulated phone."""

    phone = forms.CharField(label=_("Phone number"), max_length=40)

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_phone(self) -> str:
        return read_phone(self.workspace, self.cleaned_data["phone"])
