"""Forms of the reports."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.ui.versions import Versioned


class AimForm(Versioned):
    """The aim for the share of promotions."""

    promotion_percent = forms.IntegerField(
        label=_("At most so many promotions (%)"), min_value=0, max_value=100,
        help_text=_("Of the messages of your broadcasts and journeys. 20 means: four useful messages for each offer."),
    )  # fmt: skip
