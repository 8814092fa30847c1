"""The forms around the builder, which reads the conditions itself."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from wabolt.segments.services import DESCRIPTION_LENGTH, NAME_LENGTH
from wabolt.ui.versions import Versioned


class SegmentForm(Versioned):
    """Name and description. The service checks whether the name is free."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"tree": gettext_lazy("Conditions")}

    name = forms.CharField(
        label=pgettext_lazy("segment", "Name of the segment"),
        max_length=NAME_LENGTH,
        error_messages={"required": gettext_lazy("Give the segment a name.")},
    )
    description = forms.CharField(
        label=pgettext_lazy("segment", "What it is for"), max_length=DESCRIPTION_LENGTH, required=False
    )


class ConditionForm(Versioned):
    """The version of a condition that is part of something else."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"condition": gettext_lazy("Conditions")}
