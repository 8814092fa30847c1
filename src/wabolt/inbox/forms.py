"""Forms of the inbox."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.ui.versions import Versioned


class AnswerTimeForm(Versioned):
    minutes = forms.IntegerField(
        label=_("Tell us after"), min_value=0, max_value=24 * 60,
        help_text=_("Minutes that a customer waits while the shop is open. 0 turns it off."),
    )  # fmt: skip
