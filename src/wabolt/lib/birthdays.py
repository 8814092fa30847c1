"""Birthdays without a year. Pure.

A date column holds them as a date in the year 1604, as Apple's address book does (`X-APPLE-OMIT-YEAR=1604` in vCards).
It is a leap year, so 29 February has a place, and no living person was born in it.
"""

from datetime import date

NO_YEAR = 1604
FIRST_BIRTH = date(1900, 1, 1)
"""The earliest date of birth with a year that is accepted."""


def without_year(day: date) -> date:
    """The birthday without its year."""
    return day.replace(year=NO_YEAR)


def has_year(day: date) -> bool:
    """Whether the year of birth is known."""
    return day.year != NO_YEAR


def merged_birthday(known: date | None, new: date) -> date:
    """Returns the birthday to store: `new`, or `known` if `new` is the same day without a year."""
    return known if known is not None and not has_year(new) and without_year(known) == new else new
