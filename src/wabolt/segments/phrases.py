"""Segments in the words of the person at the screen: names of fields, operators, values, whole sentences."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.dates import MONTHS
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy

from wabolt.lib import formats
from wabolt.segments.rules import (
    All,
    Any,
    Condition,
    Draft,
    FieldSpec,
    Group,
    Kind,
    Node,
    Not,
    Row,
    Value,
    normalise,
    read_draft,
)
from wabolt.segments.rules.catalogue import Catalogue
from wabolt.segments.rules.draft import NOT

LABELS: dict[str, Promise] = {
    "name": pgettext_lazy("segment", "Name"),
    "city": pgettext_lazy("segment", "City"),
    "gender": pgettext_lazy("segment", "Gender"),
    "age": pgettext_lazy("segment", "Age"),
    "birthday": pgettext_lazy("segment", "Birthday"),
    "birthday month": pgettext_lazy("segment", "Month of birth"),
    "source": pgettext_lazy("segment", "Source"),
    "language": pgettext_lazy("segment", "Language"),
    "email": pgettext_lazy("segment", "E-mail"),
    "created": pgettext_lazy("segment", "Added to contacts"),
    "tag": pgettext_lazy("segment", "Tag"),
    "has phone": pgettext_lazy("segment", "Phone number"),
    "consent marketing": pgettext_lazy("segment", "Permission for promotions"),
    "consent service": pgettext_lazy("segment", "Permission for service messages"),
    "orders": pgettext_lazy("segment", "Number of orders"),
    "spent": pgettext_lazy("segment", "Total spent"),
    "last order": pgettext_lazy("segment", "Last order"),
    "first order": pgettext_lazy("segment", "First order"),
    "bought product": pgettext_lazy("segment", "Products bought"),
    "bought category": pgettext_lazy("segment", "Categories bought"),
    "received": pgettext_lazy("segment", "Broadcasts received"),
    "read": pgettext_lazy("segment", "Broadcasts read"),
    "replied": pgettext_lazy("segment", "Broadcasts replied to"),
    "clicked": pgettext_lazy("segment", "Broadcasts clicked"),
    "last reply": pgettext_lazy("segment", "Last message from them"),
    "has written": pgettext_lazy("segment", "Message from them"),
}

GROUPS: dict[str, Promise] = {
    "contact": pgettext_lazy("segment", "About the person"),
    "fields": pgettext_lazy("segment", "Your own fields"),
    "consent": pgettext_lazy("segment", "Permission"),
    "orders": pgettext_lazy("segment", "Orders"),
    "messages": pgettext_lazy("segment", "Messages"),
}

OPTIONS: dict[str, Promise] = {
    "female": pgettext_lazy("segment", "female"),
    "male": pgettext_lazy("segment", "male"),
    "granted": pgettext_lazy("segment", "has agreed"),
    "withdrawn": pgettext_lazy("segment", "has stopped"),
    "none": pgettext_lazy("segment", "never asked"),
    "yes": pgettext_lazy("segment", "yes"),
    "no": pgettext_lazy("segment", "no"),
}

# What stands between a field and its value. {} is the value, or the number of days; menus show "…" there.
_SAME = {
    "=": pgettext_lazy("segment", "is {}"),
    "!=": pgettext_lazy("segment", "is not {}"),
    "in": pgettext_lazy("segment", "is one of {}"),
    "not in": pgettext_lazy("segment", "is none of {}"),
    "contains": pgettext_lazy("segment", "contains {}"),
    "not:contains": pgettext_lazy("segment", "does not contain {}"),
    "starts with": pgettext_lazy("segment", "starts with {}"),
    "not:starts with": pgettext_lazy("segment", "does not start with {}"),
    "<": pgettext_lazy("segment", "less than {}"),
    "<=": pgettext_lazy("segment", "at most {}"),
    ">": pgettext_lazy("segment", "more than {}"),
    ">=": pgettext_lazy("segment", "at least {}"),
    "within": pgettext_lazy("segment", "in the last {} days"),
    "within next": pgettext_lazy("segment", "in the next {} days"),
    "over": pgettext_lazy("segment", "more than {} days ago"),
    "on": pgettext_lazy("segment", "on {}"),
    "before": pgettext_lazy("segment", "before {}"),
    "after": pgettext_lazy("segment", "after {}"),
    "is": pgettext_lazy("segment", "is {}"),
    "is empty": pgettext_lazy("segment", "is not known"),
    "is not empty": pgettext_lazy("segment", "is known"),
}
_EXACTLY: dict[str, Promise] = {"=": pgettext_lazy("segment", "exactly {}"), "!=": pgettext_lazy("segment", "not {}")}
_OF_KIND: dict[Kind, dict[str, Promise]] = {
    Kind.WHOLE: _EXACTLY,
    Kind.MONEY: _EXACTLY,
    Kind.NUMBER: _EXACTLY,
    Kind.AGE: _EXACTLY,
    Kind.MOMENT: {
        "is empty": pgettext_lazy("segment", "never"),
        "is not empty": pgettext_lazy("segment", "ever"),
    },
    Kind.ANNIVERSARY: {"within": pgettext_lazy("segment", "in the next {} days")},
    Kind.FLAG: {"": pgettext_lazy("segment", "is there"), "not:": pgettext_lazy("segment", "is not there")},
    Kind.TAG: {
        "": pgettext_lazy("segment", "is {}"),
        "not:": pgettext_lazy("segment", "is not {}"),
        "not:in": pgettext_lazy("segment", "is none of {}"),
        "is empty": pgettext_lazy("segment", "has none"),
        "is not empty": pgettext_lazy("segment", "has any"),
    },
    Kind.STATE: {"": pgettext_lazy("segment", "is: {}"), "not:": pgettext_lazy("segment", "is not: {}")},
    Kind.BOUGHT: {
        "": pgettext_lazy("segment", "include {}"),
        "not:": pgettext_lazy("segment", "do not include {}"),
        "in": pgettext_lazy("segment", "include one of {}"),
        "not:in": pgettext_lazy("segment", "include none of {}"),
    },
    Kind.BROADCAST: {
        "any": pgettext_lazy("segment", "at least one"),
        "not:any": pgettext_lazy("segment", "none"),
        "": pgettext_lazy("segment", "include {}"),
        "not:": pgettext_lazy("segment", "do not include {}"),
    },
}
# What people did is told with a verb; the menus of the builder keep "field, operator, value".
_DEEDS: dict[tuple[str, str], Promise] = {
    ("orders", ">="): pgettext_lazy("segment", "ordered at least {} times"),
    ("orders", ">"): pgettext_lazy("segment", "ordered more than {} times"),
    ("orders", "<="): pgettext_lazy("segment", "ordered at most {} times"),
    ("orders", "<"): pgettext_lazy("segment", "ordered fewer than {} times"),
    ("orders", "="): pgettext_lazy("segment", "ordered exactly {} times"),
    ("bought product", ""): pgettext_lazy("segment", "bought {}"),
    ("bought product", "not:"): pgettext_lazy("segment", "did not buy {}"),
    ("bought product", "in"): pgettext_lazy("segment", "bought one of {}"),
    ("bought product", "not:in"): pgettext_lazy("segment", "bought none of {}"),
    ("bought category", ""): pgettext_lazy("segment", "bought from category {}"),
    ("bought category", "not:"): pgettext_lazy("segment", "bought nothing from category {}"),
    ("bought category", "in"): pgettext_lazy("segment", "bought from one of the categories {}"),
    ("bought category", "not:in"): pgettext_lazy("segment", "bought from none of the categories {}"),
    ("received", "any"): pgettext_lazy("segment", "got a broadcast"),
    ("received", "not:any"): pgettext_lazy("segment", "got no broadcast"),
    ("received", ""): pgettext_lazy("segment", "got the broadcast {}"),
    ("received", "not:"): pgettext_lazy("segment", "did not get the broadcast {}"),
    ("read", "any"): pgettext_lazy("segment", "read a broadcast"),
    ("read", "not:any"): pgettext_lazy("segment", "read no broadcast"),
    ("read", ""): pgettext_lazy("segment", "read the broadcast {}"),
    ("read", "not:"): pgettext_lazy("segment", "did not read the broadcast {}"),
    ("replied", "any"): pgettext_lazy("segment", "replied to a broadcast"),
    ("replied", "not:any"): pgettext_lazy("segment", "replied to no broadcast"),
    ("replied", ""): pgettext_lazy("segment", "replied to the broadcast {}"),
    ("replied", "not:"): pgettext_lazy("segment", "did not reply to the broadcast {}"),
    ("clicked", "any"): pgettext_lazy("segment", "opened a link of a broadcast"),
    ("clicked", "not:any"): pgettext_lazy("segment", "opened no link of a broadcast"),
    ("clicked", ""): pgettext_lazy("segment", "opened a link of the broadcast {}"),
    ("clicked", "not:"): pgettext_lazy("segment", "opened no link of the broadcast {}"),
}
JOINERS: dict[str, Promise] = {
    "all": pgettext_lazy("segment", "and"),
    "any": pgettext_lazy("segment", "or"),
    "none": pgettext_lazy("segment", "nor"),
    "not_all": pgettext_lazy("segment", "together with"),
}
MODES: dict[str, Promise] = {
    "all": pgettext_lazy("segment", "All of these are true"),
    "any": pgettext_lazy("segment", "At least one of these is true"),
    "none": pgettext_lazy("segment", "None of these is true"),
    "not_all": pgettext_lazy("segment", "Not all of these are true"),
}


def label(spec: FieldSpec) -> str:
    """Return the field's name in the reader's language, or as the shop called it."""
    return spec.label or str(LABELS[spec.key])


def menu_words(spec: FieldSpec) -> list[tuple[str, str]]:
    """Return the operators to choose from, as (id, words). Denials have ids that begin with "not:"."""
    kind = _OF_KIND.get(spec.kind, {})
    found: list[tuple[str, str]] = []
    for op in spec.operators:
        found.append((op, operator_words(spec, op)))
        denied = NOT + op
        if denied in kind or (denied in _SAME and op in spec.operators):
            found.append((denied, operator_words(spec, denied)))
    return found


def operator_words(spec: FieldSpec, op: str) -> str:
    """Return an operator's words for a menu; where they need a value at their end, without the place for it."""
    return _pattern(spec, op).removesuffix(" {}").replace("{}", "…")


def _pattern(spec: FieldSpec, op: str) -> str:
    pattern = _OF_KIND.get(spec.kind, {}).get(op) or _SAME.get(op)
    if pattern is not None:
        return str(pattern)
    return gettext("not: %(words)s") % {"words": _pattern(spec, op.removeprefix(NOT))}


def _describe_condition(condition: Condition, catalogue: Catalogue, currency: str, *, denied: bool = False) -> str:
    """Return one condition as it stands within a sentence: "kota adalah Bandung"."""
    spec = catalogue.get(condition.field)
    if spec is None:
        return condition.field
    filling = (
        str(condition.within_days)
        if condition.op in ("within", "within next", "over")
        else _value_words(condition.value, spec, currency)
    )
    op = NOT + condition.op if denied else condition.op
    deed = _DEEDS.get((condition.field, op))
    if condition.field == "orders" and op == "=" and condition.value == 0:
        sentence = gettext("never ordered")
    elif deed is not None:
        sentence = str(deed).replace("{}", filling)
    else:
        sentence = _describe_state(condition, spec, op, filling)
    if condition.within_days is not None and spec.kind in (Kind.BOUGHT, Kind.BROADCAST):
        sentence += " " + ngettext("in the last %(days)s day", "in the last %(days)s days", condition.within_days) % {
            "days": condition.within_days
        }
    return sentence


def _describe_state(condition: Condition, spec: FieldSpec, op: str, filling: str) -> str:
    words = _pattern(spec, op).replace("{}", filling)
    if condition.within_days == 0 and condition.op == op == "within":
        words = gettext("today")
    name = spec.label or label(spec)[:1].lower() + label(spec)[1:]
    return f"{name} {words}"


def describe(tree: Node, catalogue: Catalogue, currency: str) -> str:
    """Return a whole segment as a sentence in the reader's language, with brackets where groups stand in groups."""
    text = _describe(normalise(tree), catalogue, currency, inside=False)
    return text[:1].upper() + text[1:]


def _describe(node: Node, catalogue: Catalogue, currency: str, *, inside: bool) -> str:
    match node:
        case Condition():
            return _describe_condition(node, catalogue, currency)
        case Not(Condition() as child):
            return _describe_condition(child, catalogue, currency, denied=True)
        case Not(All(())):
            return gettext("Nobody")
        case Not(child):
            return gettext("not (%(words)s)") % {"words": _describe(child, catalogue, currency, inside=False)}
        case All(()):
            return gettext("Everyone")
        case All(children) | Any(children):
            joiner = JOINERS["all" if isinstance(node, All) else "any"]
            text = f" {joiner} ".join(_describe(child, catalogue, currency, inside=True) for child in children)
            return f"({text})" if inside else text


@dataclass(frozen=True, slots=True)
class Outline:
    """A segment to read: a row has `text`, a group has `children` with `joiner` between them and `words` above."""

    text: str = ""
    words: str = ""
    joiner: str = ""
    children: "tuple[Outline, ...]" = ()


def outline(part: Draft, catalogue: Catalogue, currency: str) -> Outline:
    """Return a segment as nested groups of short sentences, the way the builder shows it."""
    if isinstance(part, Row):
        tree = read_draft(Group("all", (part,)), catalogue).tree
        return Outline(text=describe(tree, catalogue, currency))
    return Outline(
        words=str(MODES[part.mode]),
        joiner=str(JOINERS[part.mode]),
        children=tuple(outline(child, catalogue, currency) for child in part.children),
    )


def _value_words(value: Value, spec: FieldSpec, currency: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(OPTIONS["yes" if value else "no"])
        case str():
            return str(OPTIONS[value]) if value in spec.options and value in OPTIONS else value
        case tuple():
            return ", ".join(_value_words(item, spec, currency) for item in value)
        case dt.date():
            return formats.short_date(value, lang=get_language() or "id")
        case _:
            return _number_words(value, spec, currency)


def _number_words(value: int | Decimal, spec: FieldSpec, currency: str) -> str:
    lang = get_language() or "id"
    if spec.kind is Kind.MONEY:
        return formats.money(int(Decimal(value).scaleb(spec.decimals)), currency, lang)
    if isinstance(value, Decimal):
        return formats.number(value, lang, max(0, -int(value.normalize().as_tuple().exponent)))
    if spec.key == "birthday month":
        return str(MONTHS[value])
    return f"#{value}" if spec.kind is Kind.BROADCAST else formats.number(value, lang)
