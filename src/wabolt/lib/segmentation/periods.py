"""Named periods of the calendar: "this month", "last week". A week begins on Monday."""

import datetime as dt

PERIODS = (
    "today",
    "yesterday",
    "this week",
    "last week",
    "this month",
    "last month",
    "this year",
    "last year",
)

_DAY = dt.timedelta(days=1)


def period(name: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day of the period `name` (one of PERIODS) as seen from `today`."""
    monday = today - dt.timedelta(days=today.weekday())
    month = today.replace(day=1)
    year = today.replace(month=1, day=1)
    match name:
        case "today":
            return today, today
        case "yesterday":
            return today - _DAY, today - _DAY
        case "this week":
            return monday, monday + 6 * _DAY
        case "last week":
            return monday - 7 * _DAY, monday - _DAY
        case "this month":
            return month, (month + 31 * _DAY).replace(day=1) - _DAY
        case "last month":
            return (month - _DAY).replace(day=1), month - _DAY
        case "this year":
            return year, year.replace(month=12, day=31)
        case "last year":
            return year.replace(year=year.year - 1), year - _DAY
        case _:
            raise ValueError(name)
