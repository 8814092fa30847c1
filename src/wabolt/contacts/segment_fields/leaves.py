"""Conditions about the contact itself, as SQL about contact `c`."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

from wabolt.lib.birthdays import NO_YEAR
from wabolt.lib.cities import other_spelling
from wabolt.lib.segmentation import (
    NOBODY,
    Condition,
    Context,
    FieldSpec,
    Sql,
    contained,
    found,
    one_of,
    period,
    text,
    text_test,
    texts,
)

CUSTOM_PREFIX = "field."
_KNOWN_YEAR = f"c.birth_date > '{NO_YEAR}-12-31'"
_BIRTH_DAY = "(extract(month FROM c.birth_date) * 100 + extract(day FROM c.birth_date))"
_WHOLE_YEAR = 365
"""Days. A longer span contains every birthday."""


def city(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
    """Cities by their stored spellings, which the index and the planner's statistics know. Another name of a city
    ("jogja") means the city."""
    spellings = context.names.get("city")
    if condition.op in ("contains", "starts with") and (name := other_spelling(str(condition.value))):
        first, second = (text_test(replace(condition, value=word), "c.city") for word in (condition.value, name))
        return Sql(f"({first.text} OR {second.text})", (*first.params, *second.params))
    if condition.op not in ("=", "in") or spellings is None:
        return text("c.city")(condition, spec, context)
    words = found(spellings, condition.value)
    return one_of("c.city", words) if words else NOBODY


def gender(condition: Condition, spec: FieldSpec, _context: Context) -> Sql:
    """The gender, "" where it is unknown."""
    if condition.op == "is empty":
        return Sql("c.gender = ''")
    return one_of("c.gender", _options(condition, spec))


# Custom fields --------------------------------------------------------------------------------------------------------


def _key(condition: Condition) -> str:
    return condition.field.removeprefix(CUSTOM_PREFIX)


def _is_empty(condition: Condition) -> Sql:
    return Sql("COALESCE(c.fields ->> %s, '') = ''", (_key(condition),))


def _options(condition: Condition, spec: FieldSpec) -> list[str]:
    spelling = {option.lower(): option for option in spec.options}
    return [spelling[word.lower()] for word in texts(condition.value)]


def custom_text(condition: Condition, _spec: FieldSpec, _context: Context) -> Sql:
    """A text among the custom fields."""
    if condition.op == "is empty":
        return _is_empty(condition)
    return text_test(condition, "(c.fields ->> %s)", (_key(condition),))


def custom_choice(condition: Condition, spec: FieldSpec, _context: Context) -> Sql:
    """A choice is stored in the spelling of its option, so the index over all custom fields finds it."""
    if condition.op == "is empty":
        return _is_empty(condition)
    parts = [contained({_key(condition): option}) for option in _options(condition, spec)]
    if len(parts) == 1:
        return parts[0]
    return Sql(" OR ".join(part.text for part in parts), tuple(value for part in parts for value in part.params))


def custom_yes_no(condition: Condition, _spec: FieldSpec, _context: Context) -> Sql:
    """A yes or no among the custom fields."""
    return _is_empty(condition) if condition.op == "is empty" else contained({_key(condition): condition.value})


def custom_number(condition: Condition, _spec: FieldSpec, _context: Context) -> Sql:
    """A number among the custom fields. A strict path returns unknown for a value that is no number, so a value from
    the time when the field was a text does not stop the statement. It parses the JSON once; a type check with a cast
    would parse it twice."""
    if condition.op == "is empty":
        return _is_empty(condition)
    op = "==" if condition.op == "=" else condition.op
    path = f"strict $.{json.dumps(_key(condition))} {op} {Decimal(str(condition.value)):f}"
    return Sql("c.fields @@ %s::jsonpath", (path,), nullable=True)


def custom_date(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    """Days are stored as ISO text, which sorts like days. Both ends are bounded, because a value may be no day."""
    if condition.op == "is empty":
        return _is_empty(condition)
    days = condition.within_days or 0
    first, last = dt.date.min, dt.date.max
    match condition.op, condition.value:
        case "within", _:
            first, last = context.ago(days), context.today
        case "within next", _:
            first, last = context.today, context.ago(-days)
        case "over", _:
            last = context.ago(days + 1)
        case "during", str() as name:
            first, last = period(name, context.today)
        case "on", dt.date() as day:
            first = last = day
        case "before", dt.date() as day:
            last = day - dt.timedelta(days=1)
        case "after", dt.date() as day:
            first = day + dt.timedelta(days=1)
    return Sql(
        """(c.fields ->> %s) COLLATE "C" BETWEEN %s AND %s""",
        (_key(condition), first.isoformat(), last.isoformat()),
        nullable=True,
    )


# Birthdays ------------------------------------------------------------------------------------------------------------


def youngest_birth(today: dt.date, age: int) -> dt.date:
    """Returns the last day of birth that gives the age `age` today.

    People born on 29 February have their birthday on 28 February in common years.
    """
    year = today.year - age
    if (today.month, today.day) == (2, 28) and _is_leap(year) and not _is_leap(today.year):
        return dt.date(year, 2, 29)
    if (today.month, today.day) == (2, 29) and not _is_leap(year):
        return dt.date(year, 2, 28)
    return today.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def age(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    """Completed years since the day of birth. A birthday without a year has no age."""
    if condition.op == "is empty":
        return Sql(f"(c.birth_date IS NULL OR NOT {_KNOWN_YEAR})")
    years = int(str(condition.value))
    reached, passed = youngest_birth(context.today, years), youngest_birth(context.today, years + 1)
    match condition.op:
        case ">=":
            return Sql(f"{_KNOWN_YEAR} AND c.birth_date <= %s", (reached,), nullable=True)
        case ">":
            return Sql(f"{_KNOWN_YEAR} AND c.birth_date <= %s", (passed,), nullable=True)
        case "<":
            return Sql("c.birth_date > %s", (reached,), nullable=True)
        case "<=":
            return Sql("c.birth_date > %s", (passed,), nullable=True)
        case _:
            return Sql("c.birth_date > %s AND c.birth_date <= %s", (passed, reached), nullable=True)


def birthday_month(condition: Condition, _spec: FieldSpec, _context: Context) -> Sql:
    """The month of birth, 1 to 12."""
    if condition.op == "is empty":
        return Sql("c.birth_date IS NULL")
    return Sql(f"extract(month FROM c.birth_date) {condition.op} %s", (condition.value,), nullable=True)


def birthday(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    """A birthday in a span of days, which may run over the end of the year."""
    if condition.op == "is empty":
        return Sql("c.birth_date IS NULL")
    if condition.op == "during":
        return _birthday_between(*period(str(condition.value), context.today))
    return _birthday_between(context.today, context.ago(-(condition.within_days or 0)))


def _birthday_between(first: dt.date, last: dt.date) -> Sql:
    if (last - first).days >= _WHOLE_YEAR:
        return Sql("c.birth_date IS NOT NULL")
    start, end = (day.month * 100 + day.day for day in (first, last))
    if end == 228 and not _is_leap(last.year):
        end = 229
    joined = "AND" if first.year == last.year else "OR"
    return Sql(f"({_BIRTH_DAY} >= %s {joined} {_BIRTH_DAY} <= %s)", (start, end), nullable=True)
