"""One condition about the contact itself, as SQL. Aliases: `c` contact, `cm`/`cs` consent, `p` purchase facts."""

import datetime as dt
import json
from decimal import Decimal

from wabolt.segments.rules import Condition, FieldSpec, Kind
from wabolt.segments.rules.catalogue import CUSTOM_PREFIX

from . import deeds
from .expressions import NOBODY, Context, Sql, contained, exists, found, texts

_COLUMNS = {"name": "c.name", "city": "c.city", "source": "c.source", "language": "c.language", "email": "c.email"}
_MOMENTS = {
    "created": "c.created_at",
    "last order": "p.last_order_at",
    "first order": "p.first_order_at",
    "last reply": "c.last_inbound_at",
}
_STATES = {"consent marketing": "cm.state", "consent service": "cs.state"}
_TEXT_TESTS = {
    "=": "lower({}) = lower(%s::text)",
    "contains": "strpos(lower({}), lower(%s::text)) > 0",
    "starts with": "starts_with(lower({}), lower(%s::text))",
}
_BIRTH_DAY = "(extract(month FROM c.birth_date) * 100 + extract(day FROM c.birth_date))"
# The length of a year and a day more: whoever has a birthday has one within it.
_WHOLE_YEAR = 365


def leaf(condition: Condition, spec: FieldSpec, context: Context, *, has_facts: bool) -> Sql:  # noqa: C901  # one line for each kind
    """Return one condition as SQL. It has been checked, and its operator is a positive one for all but counted
    fields: `compiler` turns "!=", "not in" and "is not empty" into denials first. `has_facts`: see `deeds.count`."""
    match spec.kind:
        case Kind.TEXT:
            return _city(condition, context) if spec.key == "city" else _text(condition)
        case Kind.CHOICE:
            return _choice(condition, spec)
        case Kind.AGE:
            return _age(condition, context) if spec.key == "age" else _birthday_month(condition)
        case Kind.NUMBER:
            return _number(condition)
        case Kind.DATE:
            return _date(condition, context)
        case Kind.YES_NO:
            return _yes_no(condition)
        case Kind.MOMENT:
            return _moment(condition, context)
        case Kind.ANNIVERSARY:
            return _anniversary(condition, context)
        case Kind.FLAG:
            return _flag(spec, context)
        case Kind.TAG:
            return _tag(condition, context)
        case Kind.STATE:
            return _state(condition)
        case Kind.WHOLE | Kind.MONEY:
            return deeds.count(condition, spec, context, has_facts=has_facts)
        case Kind.BOUGHT:
            return deeds.bought(condition, context)
        case Kind.BROADCAST:
            return deeds.broadcast(condition, context)


def tables_of(condition: Condition, spec: FieldSpec) -> frozenset[str]:
    """Return the aliases that the leaf of this condition reads columns of, but for `c.id`. A count that holds for zero
    may do without its table."""
    if spec.kind in (Kind.TAG, Kind.BROADCAST) or spec.key == "has phone":
        return frozenset()
    if spec.kind is Kind.BOUGHT:
        return frozenset({"p"} if spec.key == "bought category" and condition.within_days is None else ())
    column = _MOMENTS.get(spec.key) or _STATES.get(spec.key) or deeds.COUNTS.get(spec.key) or "c."
    return frozenset({column.split(".")[0]})


def _key(condition: Condition) -> str:
    return condition.field.removeprefix(CUSTOM_PREFIX)


def _empty_custom(condition: Condition) -> Sql:
    return Sql("COALESCE(c.fields ->> %s, '') = ''", (_key(condition),))


def _text(condition: Condition) -> Sql:
    column = _COLUMNS.get(condition.field)
    before: tuple[object, ...] = ()
    if column is None:
        if condition.op == "is empty":
            return _empty_custom(condition)
        column, before = "(c.fields ->> %s)", (_key(condition),)
    if condition.op == "is empty":
        return Sql(f"{column} = ''")
    if condition.op == "in":
        words = texts(condition.value)
        marks = ", ".join(["lower(%s::text)"] * len(words))
        return Sql(f"lower({column}) IN ({marks})", (*before, *words), bool(before))
    return Sql(_TEXT_TESTS[condition.op].format(column), (*before, condition.value), bool(before))


def _city(condition: Condition, context: Context) -> Sql:
    """Cities are asked for all the time: by their spellings, which the index and the statistics know."""
    if condition.op not in ("=", "in") or context.names.cities is None:
        return _text(condition)
    spellings = found(context.names.cities, condition.value)
    return _one_of("c.city", spellings) if spellings else NOBODY


def _one_of(column: str, words: list[str]) -> Sql:
    """One word is compared quicker than a list of one."""
    if len(words) == 1:
        return Sql(f"{column} = %s", (words[0],))
    return Sql(f"{column} = ANY(%s::text[])", (words,))


def _choice(condition: Condition, spec: FieldSpec) -> Sql:
    """A choice is stored in the spelling of its option, so that the index over all custom fields finds it."""
    spelling = {option.lower(): option for option in spec.options}
    options = [spelling[word.lower()] for word in texts(condition.value)] if condition.op != "is empty" else []
    if spec.key == "gender":
        return _one_of("c.gender", options) if options else Sql("c.gender = ''")
    if not options:
        return _empty_custom(condition)
    parts = [contained({_key(condition): option}) for option in options]
    if len(parts) == 1:
        return parts[0]
    return Sql(" OR ".join(part.text for part in parts), tuple(value for part in parts for value in part.params))


def _yes_no(condition: Condition) -> Sql:
    if condition.op == "is empty":
        return _empty_custom(condition)
    return contained({_key(condition): condition.value})


def _number(condition: Condition) -> Sql:
    """A strict path is unknown for whatever is no number, so a field that was text once stops no statement; and the
    JSON is taken apart once, where a cast behind a check of the type would do it twice."""
    if condition.op == "is empty":
        return _empty_custom(condition)
    op = "==" if condition.op == "=" else condition.op
    path = f"strict $.{json.dumps(_key(condition))} {op} {Decimal(str(condition.value)):f}"
    return Sql("c.fields @@ %s::jsonpath", (path,), nullable=True)


def _date(condition: Condition, context: Context) -> Sql:
    """Days are stored as ISO text, which sorts as the days do. Both ends are bounded, against text that is no day."""
    if condition.op == "is empty":
        return _empty_custom(condition)
    days = condition.within_days or 0
    first, last = dt.date.min, dt.date.max
    match condition.op, condition.value:
        case "within", _:
            first, last = context.ago(days), context.today
        case "within next", _:
            first, last = context.today, context.ago(-days)
        case "over", _:
            last = context.ago(days + 1)
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


def _moment(condition: Condition, context: Context) -> Sql:
    column = _MOMENTS[condition.field]
    nullable = column != "c.created_at"
    match condition.op, condition.value:
        case "is empty", _:
            return Sql(f"{column} IS NULL")
        case "within", _:
            return context.since(column, condition.within_days, nullable)
        case "over", _:
            return Sql(f"{column} < %s", (context.start(context.ago(condition.within_days or 0)),), nullable)
        case "before", dt.date() as day:
            return Sql(f"{column} < %s", (context.start(day),), nullable)
        case "after", dt.date() as day:
            return Sql(f"{column} >= %s", (context.start(day + dt.timedelta(days=1)),), nullable)
        case _, dt.date() as day:
            bounds = (context.start(day), context.start(day + dt.timedelta(days=1)))
            return Sql(f"{column} >= %s AND {column} < %s", bounds, nullable)
        case _:
            raise ValueError(condition.op)


def youngest_birth(today: dt.date, age: int) -> dt.date:
    """Return the last day of birth that makes somebody `age` years old today.

    Who was born on 29 February has the birthday on 28 February in common years, so that nobody is left out.
    """
    year = today.year - age
    if (today.month, today.day) == (2, 28) and _is_leap(year) and not _is_leap(today.year):
        return dt.date(year, 2, 29)
    if (today.month, today.day) == (2, 29) and not _is_leap(year):
        return dt.date(year, 2, 28)
    return today.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _age(condition: Condition, context: Context) -> Sql:
    if condition.op == "is empty":
        return Sql("c.birth_date IS NULL")
    age = int(str(condition.value))
    reached, passed = youngest_birth(context.today, age), youngest_birth(context.today, age + 1)
    match condition.op:
        case ">=":
            return Sql("c.birth_date <= %s", (reached,), nullable=True)
        case ">":
            return Sql("c.birth_date <= %s", (passed,), nullable=True)
        case "<":
            return Sql("c.birth_date > %s", (reached,), nullable=True)
        case "<=":
            return Sql("c.birth_date > %s", (passed,), nullable=True)
        case _:
            return Sql("c.birth_date > %s AND c.birth_date <= %s", (passed, reached), nullable=True)


def _birthday_month(condition: Condition) -> Sql:
    if condition.op == "is empty":
        return Sql("c.birth_date IS NULL")
    return Sql(f"extract(month FROM c.birth_date) {condition.op} %s", (condition.value,), nullable=True)


def _anniversary(condition: Condition, context: Context) -> Sql:
    """Today or one of the N days to come, as a span of month and day that may run over the end of the year."""
    days = condition.within_days or 0
    if condition.op == "is empty":
        return Sql("c.birth_date IS NULL")
    if days >= _WHOLE_YEAR:
        return Sql("c.birth_date IS NOT NULL")
    first, last = context.today, context.ago(-days)
    start, end = (day.month * 100 + day.day for day in (first, last))
    if end == 228 and not _is_leap(last.year):
        end = 229
    joined = "AND" if first.year == last.year else "OR"
    return Sql(f"({_BIRTH_DAY} >= %s {joined} {_BIRTH_DAY} <= %s)", (start, end), nullable=True)


def _state(condition: Condition) -> Sql:
    column = _STATES[condition.field]
    if condition.value == "none":
        return Sql(f"{column} IS NULL")
    return Sql(f"{column} = %s", (condition.value,), nullable=True)


def _flag(spec: FieldSpec, context: Context) -> Sql:
    if spec.key == "has written":
        return Sql("c.last_inbound_at IS NOT NULL")
    here = Sql("i.workspace_id = %s", (context.workspace,))
    return exists("i.contact_id", "contacts_identity i", Sql("i.kind = 'phone'"), here=here, is_broad=True)


def _tag(condition: Condition, context: Context) -> Sql:
    if condition.op == "is empty":
        return Sql("NOT EXISTS (SELECT 1 FROM contacts_contacttag ct WHERE ct.contact_id = c.id)")
    tags = found(context.names.tags, condition.value)
    if not tags:
        return NOBODY
    return exists("ct.contact_id", "contacts_contacttag ct", Sql("ct.tag_id = ANY(%s::bigint[])", (tags,)))
