"""Widgets that Python writes are those of Django's templates, with our classes."""

import re
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from wabolt.ui.forms import FormRenderer, _dress

BETWEEN = re.compile(r">\s+<")
HOSTILE = "\"'><script>&amp;\x00"
CHOICES = [("", "-"), (HOSTILE, HOSTILE), (1000000, 1000000), ("b", mark_safe("<b>")), (_("Group"), [("x", _("Yes"))])]


class Dressed(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> Any:
        _dress(context["widget"])
        return super().render(template_name, context, request)


class Everything(forms.Form):
    text = forms.CharField(max_length=9, widget=forms.TextInput({"placeholder": _("Search"), "data-x": HOSTILE}))
    number = forms.IntegerField(min_value=1000, required=False)
    email = forms.EmailField()
    address = forms.URLField(assume_scheme="https", disabled=True)
    secret = forms.CharField(widget=forms.PasswordInput)
    kept = forms.CharField(widget=forms.HiddenInput({"hidden": True, "open": False}))
    day = forms.DateField()
    moment = forms.DateTimeField()
    hour = forms.TimeField()
    agreed = forms.BooleanField()
    one = forms.ChoiceField(choices=CHOICES)
    many = forms.MultipleChoiceField(choices=CHOICES)
    radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)
    boxes = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    whether = forms.NullBooleanField()


GIVEN = ({}, dict.fromkeys(Everything.base_fields, HOSTILE), {"one": "b", "many": ["x", "b"], "agreed": "on"})


def test_widgets_are_those_of_the_templates_of_django() -> None:
    for data in (None, *GIVEN):
        for initial in GIVEN:
            ours, theirs = (
                [
                    part
                    for field in Everything(data, initial=initial, renderer=renderer)
                    for part in (str(field), *(box.tag() for box in field if field.name in {"radio", "boxes"}))
                ]
                for renderer in (FormRenderer(), Dressed())
            )
            assert len(ours) > len(Everything.base_fields)
            for our, their in zip(ours, theirs, strict=True):
                assert BETWEEN.sub("><", our) == BETWEEN.sub("><", their)
