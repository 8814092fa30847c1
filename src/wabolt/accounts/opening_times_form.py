"""The form of the opening hours: one line of text per weekday, as a person would write it on a door."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.services.opening_times import LONGEST_SHIFT, OpeningTimesDraft
from wabolt.lib.dates import parse_date
from wabolt.lib.opening_hours import Interval, OpeningHours, parse_intervals, print_intervals
from wabolt.lib.refusal import Refusal
from wabolt.ui.versions import Versioned

MOST_SPECIAL = 60
_ERRORS = {
    "not_hours": gettext_lazy("Write hours like 08.00–20.00, or 08.00–12.00, 13.00–20.00. Leave it empty if closed."),
    "overlapping": gettext_lazy("These hours overlap."),
    "too_many": gettext_lazy("At most four times a day."),
}


class HoursField(forms.CharField):
    """The opening hours of one day as text; its value is a tuple of intervals."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return value
        found = parse_intervals(super().to_python(value) or "")
        if isinstance(found, Refusal):
            raise forms.ValidationError(_ERRORS[found.code], code=found.code)
        return found

    def prepare_value(self, value: Any) -> Any:
        return print_intervals(value) if isinstance(value, tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data or "") != (initial or ()))
        except forms.ValidationError:
            return True


class OpeningTimesForm(Versioned):
    """The opening hours of the week, of the fasting month, of public holidays and of single dates."""

    fasting = HoursField(
        label=gettext_lazy("In the fasting month"), required=False, max_length=60,
        help_text=gettext_lazy("The hours on open days. Leave it empty if they are as always."),
    )  # fmt: skip
    fasting_shift = forms.TypedChoiceField(
        label=gettext_lazy("Beginning of the fasting month"), coerce=int, required=False, empty_value=None,
    )  # fmt: skip
    holidays_closed = forms.BooleanField(label=gettext_lazy("Closed on public holidays"), required=False)
    special = forms.CharField(
        label=gettext_lazy("Other days"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One line for each date: “25 Dec 2026: closed” or “24 Dec 2026: 09.00–15.00”."),
    )  # fmt: skip
    days: ClassVar[tuple[str, ...]] = tuple(f"day_{day}" for day in range(7))
    field_order = (*days, "fasting", "fasting_shift", "holidays_closed", "special")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(self.days):
            self.fields[name] = HoursField(label=WEEKDAYS[number], required=False, max_length=60)
        shifts = {0: _("As calculated"), 1: _("One day later"), 2: _("Two days later"), -1: _("One day earlier")}
        choices = [(days, words) for days, words in shifts.items() if abs(days) <= LONGEST_SHIFT]
        self.fields["fasting_shift"].choices = choices  # type: ignore[attr-defined]
        self.order_fields(self.field_order)

    def clean_special(self) -> dict[date, tuple[Interval, ...]]:
        """The intervals of each single date."""
        hours_by_day: dict[date, tuple[Interval, ...]] = {}
        lines = [line.strip() for line in self.cleaned_data["special"].splitlines() if line.strip()]
        if len(lines) > MOST_SPECIAL:
            raise forms.ValidationError(_("At most 60 dates."))
        for line in lines:
            day_text, _colon, hours_text = line.partition(":")
            day = parse_date(day_text)
            hours = parse_intervals(hours_text)
            if isinstance(day, Refusal):
                raise forms.ValidationError(_("“%(line)s” begins with no date.") % {"line": line[:40]})
            if isinstance(hours, Refusal):
                raise forms.ValidationError(f"“{line[:40]}”: {_ERRORS[hours.code]}")
            hours_by_day[day] = hours
        return hours_by_day

    def draft(self) -> OpeningTimesDraft:
        """The opening hours of a valid form."""
        given = self.cleaned_data
        week = {number: given[name] for number, name in enumerate(self.days)}
        fasting = {day: given["fasting"] if hours else () for day, hours in week.items()} if given["fasting"] else None
        return OpeningTimesDraft(week, fasting, given["fasting_shift"] or 0, given["holidays_closed"], given["special"])


def initial_of(hours: OpeningHours) -> dict[str, Any]:
    """The values of the form for these opening hours."""
    fasting: Sequence[Interval] = next((day for day in (hours.fasting or {}).values() if day), ())
    closed = _("closed")
    lines = (f"{date_format(day, 'j M Y')}: {print_intervals(times) or closed}" for day, times in hours.special.items())
    return {
        **{f"day_{day}": tuple(hours.week.get(day, ())) for day in range(7)},
        "fasting": tuple(fasting),
        "fasting_shift": hours.fasting_shift,
        "holidays_closed": hours.holidays_closed,
        "special": "\n".join(lines),
    }
