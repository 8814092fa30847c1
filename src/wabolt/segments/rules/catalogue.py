"""The fields of one workspace: those that rooms have registered, and the shop's own."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from wabolt.lib.segmentation import FieldSpec, Kind, fields

from .tree import Condition, Not, SentenceMatch
from .words import joining_words

# An operator is written between the field and the value. "" means that the value follows at once.
_EMPTY = ("is empty", "is not empty")
_EQUAL = ("=", "!=")
_ORDER = ("<", "<=", ">", ">=")
_LIST = ("in", "not in")
_DAYS = ("within", "over", "during", "on", "before", "after")

OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*_EQUAL, *_LIST, "contains", "starts with", *_EMPTY),
    Kind.CHOICE: (*_EQUAL, *_LIST, *_EMPTY),
    Kind.WHOLE: (*_EQUAL, *_ORDER),
    Kind.AGE: (*_EQUAL, *_ORDER, *_EMPTY),
    Kind.MONEY: (*_EQUAL, *_ORDER),
    Kind.NUMBER: (*_EQUAL, *_ORDER, *_EMPTY),
    Kind.DATE: (*_DAYS, "within next", *_EMPTY),
    Kind.MOMENT: (*_DAYS, *_EMPTY),
    Kind.ANNIVERSARY: ("within", "during", *_EMPTY),
    Kind.YES_NO: ("is", *_EMPTY),
    Kind.FLAG: ("",),
    Kind.TAG: ("", "in", *_EMPTY),
    Kind.NAMED: ("", "in"),
    Kind.STATE: ("",),
    Kind.BOUGHT: ("", "in"),
    Kind.BROADCAST: ("any", ""),
}

# Kinds whose conditions may end in "within N days" and be negated with "never".
EVENT_KINDS = frozenset({Kind.BOUGHT, Kind.BROADCAST})


def written(spec: FieldSpec, language: str) -> str:
    """Returns the words with which a field is printed in a language."""
    return spec.words[language][0] if spec.words.get(language) else spec.key


def operators(spec: FieldSpec) -> tuple[str, ...]:
    """Returns the operators that the field's kind has."""
    return OPERATORS[spec.kind]


def first_operator(spec: FieldSpec) -> str:
    """Returns the operator with which a new condition begins: "at least" for a count, an amount or an age, because
    "exactly" finds very few contacts there; else the first one of the kind."""
    found = operators(spec)
    return ">=" if ">=" in found and spec.unit != "month" else found[0]


class Catalogue:
    """The registered fields and a workspace's own ones, looked up by the words they are written with.

    `decimals` and `units` are those of the workspace's currency (see `FieldSpec`); rupiah by default. The words of all
    languages are understood. `sentences`: builds the sentences of these fields; it is called when a text is first read.
    """

    def __init__(
        self,
        own: Iterable[FieldSpec] = (),
        *,
        decimals: int = 0,
        units: tuple[str, ...] = ("rp", "idr"),
        sentences: "Callable[[Catalogue], SentenceMatch] | None" = None,
    ) -> None:
        self._build_sentences = sentences
        self._match: SentenceMatch | None = None
        self._specs = {
            spec.key: replace(spec, decimals=decimals, units=units) if spec.kind is Kind.MONEY else spec
            for spec in (*fields(), *own)
        }
        others = {word: spec for spec in self for words in spec.words.values() for word in words}
        self._by_words = {tuple(words.lower().split(" ")): spec for words, spec in (others | self._specs).items()}
        self._longest = max(len(words) for words in self._by_words)

    def __iter__(self) -> Iterator[FieldSpec]:
        return iter(self._specs.values())

    def get(self, key: str) -> FieldSpec | None:
        """Returns the spec with this key, or None."""
        return self._specs.get(key)

    def sentence_at(self, text: str, position: int) -> tuple[Condition | Not, int] | None:
        """Returns the condition that a sentence says at this position of a text and where it ends, or None."""
        if self._match is None and self._build_sentences is not None:
            self._match = self._build_sentences(self)
        return self._match(text, position) if self._match is not None else None

    def match(self, words: list[str]) -> tuple[FieldSpec, int] | None:
        """Returns the longest field that these words begin with, and how many words it takes."""
        for count in range(min(self._longest, len(words)), 0, -1):
            spec = self._by_words.get(tuple(word.lower() for word in words[:count]))
            if spec is not None:
                return spec, count
        return None

    def suggest(self, word: str, language: str = "en") -> str:
        """Returns the field or joining word that an unknown word probably means, or ""."""
        lowered = word.lower()
        for spec in self:
            if lowered in spec.aliases or spec.key == f"field.{lowered}":
                return written(spec, language)
        names = {written(spec, language): spec.key for spec in self}
        return closest(lowered, [*names, *self._specs, *joining_words(language)])


def closest(word: str, candidates: Iterable[str]) -> str:
    """Returns the candidate most like `word`, or "" when none is close."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    # Comparing a long pasted word is slow, and such a word is no typing error.
    matches = difflib.get_close_matches(word.lower()[:60], list(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else ""
