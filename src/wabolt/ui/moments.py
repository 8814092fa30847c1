"""The form field for a date and a time."""

from typing import Any

from django import forms

WRITTEN = "%Y-%m-%dT%H:%M"
"""The form in which a browser's field "datetime-local" gives and takes its value."""


class Moment(forms.DateTimeField):
    """A time in the workspace's time zone, which the middleware has activated, in the browser's own field.

    A stored time that the zone cannot show, near the year 9999, is empty.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WRITTEN)
        formats = [WRITTEN, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        super().__init__(widget=widget, localize=False, input_formats=formats, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        try:
            return super().prepare_value(value)
        except OverflowError:
            return None
