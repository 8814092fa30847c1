"""What a segment is called. Its conditions are read by `builder`."""

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from wabolt.segments.services import DESCRIPTION_LENGTH, NAME_LENGTH


class SegmentForm(forms.Form):
    """Name and description; whether the name is free is the service's question."""

    name = forms.CharField(
        label=pgettext_lazy("segment", "Name of the segment"),
        max_length=NAME_LENGTH,
        error_messages={"required": gettext_lazy("Give the segment a name.")},
    )
    description = forms.CharField(
        label=pgettext_lazy("segment", "What it is for"), max_length=DESCRIPTION_LENGTH, required=False
    )
