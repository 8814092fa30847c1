"""Forms of the inbox."""

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from wabolt.inbox.services import AnswerTimeSettings
from wabolt.ui.versions import Versioned

_TIME = {"type": "time"}


class AnswerTimeForm(Versioned):
    minutes = forms.IntegerField(
        label=_("Tell us after"), min_value=0, max_value=24 * 60,
        help_text=_("Minutes that a customer waits while the shop is open. 0 turns it off."),
    )  # fmt: skip
    opens = forms.TimeField(label=_("Open from"), widget=forms.TimeInput(attrs=_TIME, format="%H:%M"))
    closes = forms.TimeField(label=_("Closed from"), widget=forms.TimeInput(attrs=_TIME, format="%H:%M"))
    days = forms.TypedMultipleChoiceField(
        label=_("Open on"), choices=list(WEEKDAYS.items()), coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def values(self) -> AnswerTimeSettings:
        """The settings of a valid form."""
        given = self.cleaned_data
        return AnswerTimeSettings(given["minutes"], given["opens"], given["closes"], given["days"])
