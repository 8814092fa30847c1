"""Forms of carts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.commerce.services.noting import FEWEST_MINUTES, MOST_MINUTES
from wabolt.ui.versions import Versioned


class TypedCartForm(forms.Form):
    """A cart typed as text. `rules.typed_lines.read_lines` parses it."""

    words = forms.CharField(
        label=_("Or type it"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("2 batik shirt 150rb, rattan bag 165rb")}),
        help_text=_("Pieces, name, price of one piece. A product from the list needs no price."),
    )  # fmt: skip


class CartSettingsForm(Versioned):
    abandoned_after = forms.IntegerField(
        label=_("A cart counts as abandoned after (minutes)"), min_value=FEWEST_MINUTES, max_value=MOST_MINUTES,
        help_text=_("Minutes without a change. The wait of a reminder begins after them."),
    )  # fmt: skip
