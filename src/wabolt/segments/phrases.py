"""Segments in the reader's language: names of fields, operators, values, and whole sentences."""

import datetime as dt
import functools
from dataclasses import dataclass
from decimal import Decimal

from django.utils.dates import MONTHS
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, override, pgettext_lazy

from wabolt.lib import formats
from wabolt.lib.segmentation import fields
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
from wabolt.segments.rules.catalogue import EVENT_KINDS, Catalogue
from wabolt.segments.rules.draft import NOT
from wabolt.segments.rules.sentences import in_quotes, plain, words_of
from wabolt.segments.rules.words import JOINING, LANGUAGES, OPERATOR_WORDS, PERIOD_WORDS

DAY_OPERATORS = ("within", "within next", "over")
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
    Kind.NAMED: {
        "": pgettext_lazy("segment", "is {}"),
        "not:": pgettext_lazy("segment", "is not {}"),
        "not:in": pgettext_lazy("segment", "is none of {}"),
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
    """Returns the field's name in the reader's language, or the label of the shop's own field."""
    return str(spec.label)


def option_label(spec: FieldSpec, option: str) -> str:
    """Returns the name of an option in the reader's language; options of the shop's own fields name themselves."""
    return str(spec.option_labels.get(option, option))


def menu_words(spec: FieldSpec) -> list[tuple[str, str]]:
    """Returns the operators to choose from, as (id, words). Negations have ids that begin with "not:"."""
    kind = _OF_KIND.get(spec.kind, {})
    found: list[tuple[str, str]] = []
    for op in operators(spec):
        found.append((op, operator_words(spec, op)))
        negated = NOT + op
        if negated in kind or (negated in _SAME and op in operators(spec)):
            found.append((negated, operator_words(spec, negated)))
    return found


def operator_words(spec: FieldSpec, op: str) -> str:
    """Returns an operator's words for a menu, without a trailing place for the value."""
    return _pattern(spec, op).removesuffix(" {}").replace("{}", "…")


def _pattern(spec: FieldSpec, op: str) -> str:
    pattern = _OF_KIND.get(spec.kind, {}).get(op) or _SAME.get(op)
    if pattern is not None:
        return str(pattern)
    return gettext("not: %(words)s") % {"words": _pattern(spec, op.removeprefix(NOT))}


def _describe_condition(condition: Condition, catalogue: Catalogue, currency: str, *, negated: bool = False) -> str:
    """Returns one condition as part of a sentence: "kota adalah Bandung"."""
    spec = catalogue.get(condition.field)
    if spec is None:
        return condition.field
    op = NOT + condition.op if negated else condition.op
    exact = f"{op} {condition.value}"  # The operator and value "= 0" may have a sentence of its own.
    sentence = sentence_pattern(spec, exact if exact in spec.sentences else op, label_of(spec, catalogue))
    sentence = sentence.replace("{}", value_words(condition, spec, currency))
    if condition.within_days is not None and spec.kind in EVENT_KINDS:
        sentence += " " + days_pattern(condition.within_days).replace("{}", str(condition.within_days))
    return sentence


def value_words(condition: Condition, spec: FieldSpec, currency: str) -> str:
    """Returns what a sentence holds in place of {}: the value, the period or the number of days."""
    if condition.op in DAY_OPERATORS:
        return str(condition.within_days)
    return _value_words(condition.value, spec, currency, is_period=condition.op == "during")


def sentence_pattern(spec: FieldSpec, op: str, name: str) -> str:
    """Returns a whole condition with {} in place of its value: "kota adalah {}". `name`: the field's name in it."""
    if op in spec.sentences:
        return str(spec.sentences[op])
    return f"{name} {'{}' if op == 'during' else _pattern(spec, op)}"


def days_pattern(days: int) -> str:
    """Returns what follows a purchase or a broadcast, with {} in place of the days: "in the last {} days"."""
    return ngettext("in the last %(days)s day", "in the last %(days)s days", days) % {"days": "{}"}


def label_of(spec: FieldSpec, catalogue: Catalogue) -> str:
    """Returns the field's name inside a sentence. The label of a shop's own field is quoted when it would be taken for
    something else."""
    if spec.group != "fields":
        return label(spec)[:1].lower() + label(spec)[1:]
    name = label(spec)
    others = {label(other).lower() for other in catalogue if other.key != spec.key}
    joining = frozenset(
        word for words in JOINING.values() for texts in words.values() for text in texts for word in text.split()
    )
    keeps_case = name[:1].upper().lower() == name[:1].lower()  # A sentence begins with a capital letter.
    is_plain = plain(name, joining) and name.lower() not in others and keeps_case
    return name if is_plain else in_quotes(name)


@functools.cache
def reserved_words() -> frozenset[str]:
    """Returns the lower-case words of every language that end an unquoted text in a sentence."""
    tables = (JOINING, OPERATOR_WORDS, PERIOD_WORDS)
    spoken = [text for table in tables for words in table.values() for texts in words.values() for text in texts]
    found = {word for text in spoken for word in words_of(text)}
    for language in LANGUAGES:
        with override(language):
            patterns = [
                *_SAME.values(),
                *JOINERS.values(),
                days_pattern(1),
                days_pattern(2),
                gettext("not: %(words)s") % {"words": ""},
            ]
            patterns += [pattern for kind in _OF_KIND.values() for pattern in kind.values()]
            patterns += [pattern for spec in fields() for pattern in spec.sentences.values()]
            found |= {word for pattern in patterns for word in words_of(str(pattern))}
    return frozenset(found)


def describe(tree: Node, catalogue: Catalogue, currency: str) -> str:
    """Returns a whole segment as a sentence in the reader's language, with brackets around nested groups."""
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
    """Returns a segment as nested groups of short sentences, as the builder shows it."""
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
        case str() if is_period and value in PERIOD_LABELS:
            return str(PERIOD_LABELS[value])
        case str() if value in spec.option_labels:
            return option_label(spec, value)
        case str():
            return value if plain(value, reserved_words()) else in_quotes(value)
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


_EXAMPLES: tuple[Node, ...] = (
    All((Condition("city", "=", "Bandung"), Condition("orders", ">=", 2))),
    Condition("bought category", "", "batik", 90),
    Not(Condition("bought product", "", "BTK-01")),
    Condition("last order", "over", within_days=90),
    Any((Condition("birthday", "during", "this month"), Condition("birthday month", "=", 5))),
    All(
        (Any((Condition("tag", "", "VIP"), Condition("spent", ">=", 1_000_000))), Not(Condition("tag", "", "reseller")))
    ),
    Condition("read", "any", within_days=30),
)


def examples(catalogue: Catalogue, currency: str) -> list[str]:
    """Returns sentences in the reader's language, each as a segment could be typed."""
    return [describe(tree, catalogue, currency) for tree in _EXAMPLES]
