"""The sentences that `phrases` prints, as patterns that `rules.sentences` reads back."""

import functools
from collections.abc import Iterator
from typing import Any

from django.utils.translation import override

from wabolt.lib.segmentation import PERIODS, fields
from wabolt.segments import phrases
from wabolt.segments.rules import Condition, FieldSpec, Kind, operators
from wabolt.segments.rules.catalogue import Catalogue
from wabolt.segments.rules.draft import NOT
from wabolt.segments.rules.lexer import QUOTES, quoted
from wabolt.segments.rules.sentences import OWN_LABEL, Sentence, Sentences, Slot, words_of
from wabolt.segments.rules.tree import SentenceMatch
from wabolt.segments.rules.words import LANGUAGES, OPERATOR_WORDS

_SLOTS = {
    Kind.WHOLE: Slot.WHOLE,
    Kind.AGE: Slot.WHOLE,
    Kind.MONEY: Slot.MONEY,
    Kind.NUMBER: Slot.NUMBER,
    Kind.DATE: Slot.DATE,
    Kind.MOMENT: Slot.DATE,
    Kind.BROADCAST: Slot.BROADCAST,
}
_WITHOUT_VALUE = ("is empty", "is not empty", "any")


def reader(catalogue: Catalogue) -> SentenceMatch:
    """Returns the function that recognises the sentences about these fields in every language."""
    registered = {spec.key for spec in fields()}
    unregistered = [spec for spec in catalogue if spec.key not in registered]
    money = [spec for spec in catalogue if spec.kind is Kind.MONEY]
    sentences = [*_registered_sentences()]
    for language in LANGUAGES:
        with override(language):
            for spec in (*unregistered, *money):
                sentences += _sentences(spec, phrases.label_of(spec, catalogue), language)
    return Sentences(sentences, phrases.reserved_words(), _days(), _option_labels()).match


@functools.cache
def _registered_sentences() -> tuple[Sentence, ...]:
    """Returns the sentences that are the same in every workspace. Money depends on its currency."""
    found: list[Sentence] = []
    for language in LANGUAGES:
        with override(language):
            for spec in fields():
                if spec.kind is not Kind.MONEY:
                    found += _sentences(spec, phrases.label(spec), language)
    return tuple(found)


def _sentences(spec: FieldSpec, name: str, language: str) -> Iterator[Sentence]:
    for exact, pattern in spec.sentences.items():
        op, _space, value = exact.partition(" ")
        if value.isdecimal():
            yield Sentence(spec, op, False, Slot.NONE, words_of(str(pattern)), value=int(value), language=language)
    for op in operators(spec):
        for negated in (False, True):
            pattern = phrases.sentence_pattern(spec, NOT + op if negated else op, name)
            common: dict[str, Any] = {"spec": spec, "op": op, "negated": negated, "language": language}
            values = _fixed_values(spec, op)
            spoken = () if negated else OPERATOR_WORDS[op][language]
            for value in values:
                for wording in (pattern, *(f"{name} {words} {{}}" for words in spoken)):
                    filled = wording.replace("{}", phrases.value_words(Condition(spec.key, op, value), spec, ""))
                    yield Sentence(slot=Slot.NONE, **_around(filled), value=value, **common)
            if not values:
                yield Sentence(slot=_slot(spec, op), **_around(pattern), **common)


def _fixed_values(spec: FieldSpec, op: str) -> tuple[Any, ...]:
    """Returns the values that a sentence can have when they are few and have names."""
    if op in (*_WITHOUT_VALUE, *phrases.DAY_OPERATORS, "in", "not in"):
        return ()
    if op == "during":
        return PERIODS
    if spec.kind is Kind.YES_NO:
        return (True, False)
    if spec.unit == "month":
        return tuple(range(1, 13)) if op in operators(spec) else ()
    return tuple(spec.options) if spec.option_labels else ()


def _slot(spec: FieldSpec, op: str) -> Slot:
    if op in _WITHOUT_VALUE or spec.kind is Kind.FLAG:
        return Slot.NONE
    if op in phrases.DAY_OPERATORS:
        return Slot.DAYS
    if op in ("in", "not in"):
        return Slot.LIST
    return _SLOTS.get(spec.kind, Slot.TEXT)


def _around(pattern: str) -> dict[str, Any]:
    before, _slot, after = pattern.partition("{}")
    if before[0] in QUOTES:
        name = quoted(before, 0)
        return {"before": (OWN_LABEL + name.value, *words_of(before[name.length :])), "after": words_of(after)}
    return {"before": words_of(before), "after": words_of(after)}


@functools.cache
def _days() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for language in LANGUAGES:
        with override(language):
            for days in (1, 2):
                before, _slot, after = phrases.days_pattern(days).partition("{}")
                found.append((words_of(before), words_of(after)))
    return tuple(dict.fromkeys(found))


@functools.cache
def _option_labels() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        with override(language):
            for spec in fields():
                labels = {phrases.option_label(spec, option).lower(): option for option in spec.option_labels}
                found.setdefault(spec.key, {}).update(labels)
    return found
