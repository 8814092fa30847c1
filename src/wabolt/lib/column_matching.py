"""Compares the names of columns with the names that people and programs give to them (`lib.column_names`)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from wabolt.lib.column_names import (
    ANY_PERMISSION,
    ASKING,
    EXACT_ONLY,
    MESSAGES,
    NAMES,
    NEGATIONS,
    NOT_WORDS,
    NOT_YET,
    Kind,
)
from wabolt.lib.text import normalise_keyword

_NAMES_INDEX: dict[Kind, dict[str, dict[str, int]]] = {
    kind: {target: {name: rank for rank, name in enumerate(names.split(","))} for target, names in targets.items()}
    for kind, targets in NAMES.items()
}

_GLUED_INDEX: dict[Kind, dict[str, dict[str, int]]] = {
    kind: {
        target: {name.replace(" ", ""): rank for name, rank in names.items() if " " in name}
        for target, names in targets.items()
    }
    for kind, targets in _NAMES_INDEX.items()
}
"""Names without their spaces: "TGLLAHIR"."""
_REFUSED_WORDS = {target: frozenset(words.split()) for target, words in NOT_WORDS.items()}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBER = re.compile(r"(?:\d[ .-]?){9}")
_REPEATED = re.compile(r"(.+) \(\d+\)")
"""A name that the table has already (`tables.headers.name_columns`)."""
_EXACT_GLUED = 0.95
_DENIED = 0.85
"""Score of a column that is named like the opposite of an opt-out."""
_EXAMPLES = frozenset(["contoh", "cth", "misal", "misalnya", "example", "format"])
"""Words before a number that make it an example: "No. HP (contoh: 08123456789)"."""


@lru_cache(maxsize=4096)
def is_known_name(name: str) -> bool:
    """Whether a column of contacts or orders may have this name."""
    if len(name) > 60 or (_NUMBER.search(name) and _EXAMPLES.isdisjoint(normalise_keyword(name).split())):
        return False
    return any(name_score(kind, target, name) >= 0.6 for kind in NAMES for target in NAMES[kind])


def names_a_person(name: str) -> bool:
    """Whether a column may have this name that identifies people: a number or a customer code."""
    return is_known_name(name) and any(name_score("contacts", target, name) >= 0.6 for target in ("phone", "code"))


def is_refused(target: str, name: str) -> bool:
    """Whether the name of a column has a word that excludes the target: "Nama Produk" is no person."""
    return not _REFUSED_WORDS[target].isdisjoint(normalise_keyword(name).split())


@lru_cache(maxsize=65536)
def name_score(kind: Kind, target: str, name: str) -> float:
    """Returns how well a column name matches a target, from 0 to 1."""
    # "firstName" is two words and "WhatsApp" is one: both readings are tried.
    return max(_words_score(kind, target, normalise_keyword(form)) for form in (name, _CAMEL.sub(" ", name)))


def _words_score(kind: Kind, target: str, words: str) -> float:
    names = _NAMES_INDEX[kind][target]
    if words in names:
        return 1.0 - 0.002 * names[words]
    parts = words.split()
    if target == "opt_out":
        return _opt_out_score(parts)
    if _REFUSED_WORDS[target].intersection(parts):
        return 0.0
    if target == "consent" and NEGATIONS.intersection(parts[:-1]):
        return 0.0  # "Tidak mau promo"; in "Setuju (ya/tidak)" the last word is the other answer
    if len(parts) == 1 and words in _GLUED_INDEX[kind][target]:
        return 0.99 - 0.002 * _GLUED_INDEX[kind][target][words]
    return _phrase_score(target, names, parts)


def _phrase_score(target: str, names: Mapping[str, int], parts: list[str]) -> float:
    best = 0.0
    only_exact = EXACT_ONLY.get(target, frozenset())
    if target == "consent" and MESSAGES.isdisjoint(parts) and not ASKING.issuperset(parts):
        only_exact = ANY_PERMISSION
    for phrase in _phrases(parts):
        if phrase in names and phrase not in only_exact:
            length = phrase.count(" ") + 1
            best = max(best, 0.72 + 0.04 * length - 0.05 * (len(parts) - length) - 0.002 * names[phrase])
    return best


def _opt_out_score(parts: list[str]) -> float:
    """The score of a column of opt-outs. A refusal of what a permission allows is one: "Tidak mau promo"."""
    if "".join(parts) in _GLUED_INDEX["contacts"]["opt_out"]:
        return _EXACT_GLUED
    if _REFUSED_WORDS["opt_out"].intersection(parts) and {"wa", "whatsapp"}.isdisjoint(parts):
        return 0.0
    score = _phrase_score("opt_out", _NAMES_INDEX["contacts"]["opt_out"], parts)
    rest = [part for part in parts if part not in NEGATIONS and part not in NOT_YET]
    if len(rest) < len(parts) and " ".join(rest) in _NAMES_INDEX["contacts"]["opt_out"]:
        return _DENIED  # "Belum berhenti": `opt_outs.denies_opt_out`
    if NEGATIONS.intersection(parts[:-1]) and rest:
        score = max(score, _words_score("contacts", "consent", " ".join(rest)))
    return score


def _phrases(parts: list[str]) -> Iterator[str]:
    for start in range(len(parts)):
        for end in range(start + 1, min(start + 4, len(parts)) + 1):
            yield " ".join(parts[start:end])


def columns_of_second_table(columns: Sequence[str]) -> frozenset[str]:
    """Returns the columns of a second table to the right of the first one, as printed lists have them: a name and a
    number with the same headers once more ("Nama (2)", "HP (2)"). Empty if there is none."""
    repeated = {match[1]: name for name in columns if (match := _REPEATED.fullmatch(name)) and match[1] in columns}
    for target in ("name", "phone"):
        if all(name_score("contacts", target, name) < 0.9 for name in repeated):
            return frozenset()
    return frozenset(repeated.values())
