"""The field of a birthday, with and without its year."""

from datetime import date

import pytest
from django import forms
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib import formats
from wabolt.lib.birthdays import FIRST_BIRTH, NO_YEAR, has_year, merged_birthday, without_year
from wabolt.ui.birthdays import BirthdayField


class _Form(forms.Form):
    born = BirthdayField(required=False)


def _read(day: str, month: str, year: str | None = None, **options: bool) -> date | None:
    given = [day, month] if year is None else [day, month, year]
    return BirthdayField(**{"required": False, "asks_year": year is not None, **options}).clean(given)


def test_a_birthday_with_and_without_its_year() -> None:
    assert _read("14", "2", "1994") == date(1994, 2, 14)
    assert _read("29", "2", "") == date(NO_YEAR, 2, 29)
    assert _read("29", "2") == date(NO_YEAR, 2, 29)
    assert _read("", "", "") is None


@pytest.mark.parametrize(
    ("parts", "options", "code"),
    [
        (("31", "2", ""), {}, "no_such_day"),
        (("29", "2", "1995"), {}, "no_such_day"),
        (("", "2", ""), {}, "incomplete"),
        (("1", "", "1990"), {}, "incomplete"),
        (("x", "2", ""), {}, "incomplete"),
        (("²", "2", ""), {}, "incomplete"),
        (("1", "2", "1850"), {}, "bad_year"),
        (("1", "2", "2999"), {}, "bad_year"),
        (("1", "2", ""), {"needs_year": True}, "no_year"),
        (("", "", ""), {"required": True}, "required"),
    ],
)
def test_what_is_no_birthday_is_refused(parts: tuple[str, ...], options: dict[str, bool], code: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        _read(*parts, **options)
    assert refused.value.code == code


@given(st.dates(FIRST_BIRTH, date(2026, 1, 1)), st.booleans())
def test_a_shown_birthday_is_read_back(born: date, hides_year: bool) -> None:
    born = without_year(born) if hides_year else born
    form = _Form(initial={"born": born})
    shown = form["born"].field.widget.decompress(born)
    again = _Form({f"born_{part}": value for part, value in zip(("day", "month", "year"), shown, strict=True) if value})
    assert again.is_valid(), again.errors
    assert again.cleaned_data["born"] == born
    assert not BirthdayField(required=False).has_changed(born, [str(part or "") for part in shown])
    assert str(NO_YEAR) not in str(form["born"])


@given(st.dates(FIRST_BIRTH, date(2026, 1, 1)), st.dates(FIRST_BIRTH, date(2026, 1, 1)))
def test_a_birthday_without_a_year_keeps_the_known_year(known: date, new: date) -> None:
    assert merged_birthday(known, without_year(known)) == known
    assert merged_birthday(known, new) == new
    assert merged_birthday(None, without_year(new)) == without_year(new)
    assert merged_birthday(without_year(known), known) == known


def test_words() -> None:
    assert formats.birthday(date(1994, 2, 14)) == "14 Feb 1994"
    assert formats.birthday(date(NO_YEAR, 8, 17), "id") == "17 Agu"
    assert not has_year(date(NO_YEAR, 8, 17))
    with override("id"):
        assert "Februari" in str(_Form()["born"])
