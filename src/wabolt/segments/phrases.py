"""Segments in the reader's language: names of fields, operators, values, and whole sentences."""

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
    operators,
    read_draft,
)
from wabolt.segments.rules.catalogue import Catalogue
from wabolt.segments.rules.draft import NOT

YES_NO: dict[str, Promise] = {"yes": pgettext_lazy("segment", "yes"), "no": pgettext_lazy("segment", "no")}
PERIOD_LABELS: dict[str, Promise] = {
    "today": pgettext_lazy("segment", "today"),
    "yesterday": pgettext_lazy("segment", "yesterday"),
    "this week": pgettext_lazy("segment", "this week"),
    "last week": pgettext_lazy("segment", "last week"),
    "this month": pgettext_lazy("segment", "this month"),
    "last month": pgettext_lazy("segment", "last month"),
    "this year": pgettext_lazy("segment", "this year"),
    "last year": pgettext_lazy("segment", "last year"),
}

# The words between a field and its value. {} is the value or the number of days; menus show "…" there.
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
    "during": pgettext_lazy("segment", "in the period {}"),
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
    """Return the field's name in the reader's language, or the label of the shop's own field."""
    return str(spec.label)


def option_label(spec: FieldSpec, option: str) -> str:
    """Return the name of an option in the reader's language; options of the shop's own fields name themselves."""
    return str(spec.option_labels.get(option, option))


def menu_words(spec: FieldSpec) -> list[tuple[str, str]]:
    """Return the operators to choose from, as (id, words). Negations have ids that begin with "not:"."""
    kind = _OF_KIND.get(spec.kind, {})
    found: list[tuple[str, str]] = []
    for op in operators(spec):
        found.append((op, operator_words(spec, op)))
        negated = NOT + op
        if negated in kind or (negated in _SAME and op in operators(spec)):
            found.append((negated, operator_words(spec, negated)))
    return found


def operator_words(spec: FieldSpec, op: str) -> str:
    """Return an operator's words for a menu, without a trailing place for the value."""
    return _pattern(spec, op).removesuffix(" {}").replace("{}", "…")


def _pattern(spec: FieldSpec, op: str) -> str:
    pattern = _OF_KIND.get(spec.kind, {}).get(op) or _SAME.get(op)
    if pattern is not None:
        return str(pattern)
    return gettext("not: %(words)s") % {"words": _pattern(spec, op.removeprefix(NOT))}


def _describe_condition(condition: Condition, catalogue: Catalogue, currency: str, *, negated: bool = False) -> str:
    """Return one condition as part of a sentence: "kota adalah Bandung"."""
    spec = catalogue.get(condition.field)
    if spec is None:
        return condition.field
    filling = (
        str(condition.within_days)
        if condition.op in ("within", "within next", "over")
        else _value_words(condition.value, spec, currency, is_period=condition.op == "during")
    )
    op = NOT + condition.op if negated else condition.op
    exact = f"{op} {condition.value}"  # The operator and value "= 0" may have a sentence of its own.
    if exact in spec.sentences:
        sentence = str(spec.sentences[exact])
    elif op in spec.sentences:
        sentence = str(spec.sentences[op]).replace("{}", filling)
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
    if condition.op == op == "during":
        words = filling
    name = label(spec) if spec.group == "fields" else label(spec)[:1].lower() + label(spec)[1:]
    return f"{name} {words}"


def describe(tree: Node, catalogue: Catalogue, currency: str) -> str:
    """Return a whole segment as a sentence in the reader's language, with brackets around nested groups."""
    text = _describe(normalise(tree), catalogue, currency, inside=False)
    return text[:1].upper() + text[1:]


def _describe(node: Node, catalogue: Catalogue, currency: str, *, inside: bool) -> str:
    match node:
        case Condition():
            return _describe_condition(node, catalogue, currency)
        case Not(Condition() as child):
            return _describe_condition(child, catalogue, currency, negated=True)
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
    """A segment to read. A row has `text`; a group has `children`, the word `joiner` between them and the heading
    `words`."""

    text: str = ""
    words: str = ""
    joiner: str = ""
    children: "tuple[Outline, ...]" = ()


def outline(part: Draft, catalogue: Catalogue, currency: str) -> Outline:
    """Return a segment as nested groups of short sentences, as the builder shows it."""
    if isinstance(part, Row):
        tree = read_draft(Group("all", (part,)), catalogue).tree
        return Outline(text=describe(tree, catalogue, currency))
    return Outline(
        words=str(MODES[part.mode]),
        joiner=str(JOINERS[part.mode]),
        children=tuple(outline(child, catalogue, currency) for child in part.children),
    )


def _value_words(value: Value, spec: FieldSpec, currency: str, *, is_period: bool = False) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(YES_NO["yes" if value else "no"])
        case str():
            return str(PERIOD_LABELS[value]) if value in PERIOD_LABELS and is_period else option_label(spec, value)
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
    if spec.unit == "month":
        return str(MONTHS[value])
    return f"#{value}" if spec.kind is Kind.BROADCAST else formats.number(value, lang)
