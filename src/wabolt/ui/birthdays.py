"""The form field of a birthday: day, month and year as three inputs, because a calendar is slow for a day long ago."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wabolt.lib import clock
from wabolt.lib.birthdays import FIRST_BIRTH, NO_YEAR, has_year


class BirthdayWidget(forms.MultiWidget):
    """Day, month and, unless `asks_year` is False, year."""

    template_name = "ui/forms/birthday.html"
    use_fieldset = True

    def __init__(self, *, asks_year: bool = True) -> None:
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        months = [("", gettext_lazy("month")), *((str(number), name) for number, name in MONTHS.items())]
        day = forms.TextInput(
            attrs={
                **digits,
                "maxlength": 2,
                "placeholder": pgettext_lazy("short", "day"),
                "aria-label": gettext_lazy("day"),
            }
        )
        month = forms.Select(choices=months, attrs={"aria-label": gettext_lazy("month")})
        year = forms.TextInput(
            attrs={**digits, "maxlength": 4, "placeholder": gettext_lazy("year"), "aria-label": gettext_lazy("year")}
        )
        super().__init__({"day": day, "month": month, **({"year": year} if asks_year else {})})

    def decompress(self, value: Any) -> list[Any]:
        """The three inputs of a date."""
        if not isinstance(value, date):
            return [None, None, None]
        return [value.day, str(value.month), value.year if has_year(value) else None]


class BirthdayField(forms.MultiValueField):
    """A birthday as a date; without a year it is in the year `birthdays.NO_YEAR`.

    `asks_year` False: only day and month. `needs_year`: the year must be given.
    """

    widget: BirthdayWidget

    def __init__(self, *, asks_year: bool = True, needs_year: bool = False, **kwargs: Any) -> None:
        self.needs_year = needs_year
        parts = [forms.CharField(required=False) for _part in range(3 if asks_year else 2)]
        super().__init__(parts, require_all_fields=False, widget=BirthdayWidget(asks_year=asks_year), **kwargs)

    def compress(self, data_list: Sequence[str]) -> date | None:
        """The date of the inputs. Raises ValidationError."""
        day, month, year = ([str(part or "").strip() for part in data_list] + [""] * 3)[:3]
        if not (day or month or year):
            return None
        if self.needs_year and not year:
            raise ValidationError(_("Add the year, please."), code="no_year")
        if not all(part.isascii() and part.isdigit() for part in (day, month, year or "1")):
            raise ValidationError(_("Fill in the day and the month."), code="incomplete")
        try:
            born = date(int(year) if year else NO_YEAR, int(month), int(day))
        except (ValueError, OverflowError):
            raise ValidationError(_("This day does not exist."), code="no_such_day") from None
        if year and not FIRST_BIRTH <= born <= clock.now().date():
            raise ValidationError(_("Check the year, please."), code="bad_year")
        return born

    def clean(self, value: Any) -> date | None:
        """The date; None for empty inputs of an optional field. Raises ValidationError."""
        parts = list(value) if isinstance(value, (list, tuple)) else []
        born = self.compress(parts)
        if born is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return born

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the inputs say another date than `initial`."""
        try:
            return self.clean(data) != (initial or None)
        except ValidationError:
            return True
