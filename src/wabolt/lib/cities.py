"""One spelling for Indonesian cities: "jkt", "DKI Jakarta" and "JAKARTA " are all "Jakarta".

The names are in `data/cities.txt`. A kabupaten that shares its name with a kota is "Kabupaten Bandung"; every other
kabupaten has its plain name. An unknown name keeps its words, with tidy capitals. The caller stores the original text.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from wabolt.lib.text import capitalise, clean, means_nothing, normalise_keyword

_DATA = Path(__file__).with_name("data") / "cities.txt"
_MAX_TEXT = 120
_PREFIXES = ("kota administrasi ", "kota adm ", "kotamadya ", "kodya ", "kota ", "kabupaten ", "city of ")
_PARTS = re.compile(r"[,;/()|\n\u2013\u2014]| - ")
_SAFE_LENGTH = 5
"""Shorter names are too similar to each other to correct a typo."""
_RANKS = {"kota": 0, "kab": 0, "town": 1, "province": 2}
_LITTLE_WORDS = {"dan", "di", "of", "the"}


class City(NamedTuple):
    """A place in its standard spelling. `known`: the table contains it (a kota, kabupaten, town or province)."""

    name: str
    known: bool


class _Entry(NamedTuple):
    name: str
    rank: int


def parse_city(text: object) -> City:
    """Returns the city in a cell, `City("", False)` for an empty one. Never raises.

    Prefixes (Kota, Kab.) and the text after a comma are ignored ("Kota Bandung, Jawa Barat"). One wrong, missing,
    doubled or swapped letter is corrected, but only if the first letter is right and only one city matches.
    """
    return _parse(text) if isinstance(text, str) and len(text) <= _MAX_TEXT else _unknown(text)


def tidy_city(text: object) -> str:
    """Returns the name of `parse_city`."""
    return parse_city(text).name


def other_spelling(text: str) -> str:
    """Returns the standard spelling of a city for another one in the table ("jogja": "Yogyakarta"), else "".

    Typing errors are not corrected.
    """
    entry = _lookup(text) if 0 < len(text) <= _MAX_TEXT else None
    return entry.name if entry is not None and entry.name.lower() != clean(text).lower() else ""


def is_known_city(text: object) -> bool:
    """Whether the table contains the city."""
    return parse_city(text).known


def place_words() -> frozenset[str]:
    """Returns the spellings of places that are one word, in the form of `normalise_keyword`."""
    return frozenset(name for name in _table() if " " not in name)


@lru_cache(maxsize=16384)
def _parse(text: str) -> City:
    if means_nothing(text):
        return City("", False)
    whole = _lookup(text)
    if whole is not None:
        return City(whole.name, True)
    parts = [part for part in _PARTS.split(text) if part.strip()]
    if len(parts) > 1:
        found = [entry for part in parts if (entry := _lookup(part))]
        if found:
            return City(min(found, key=lambda entry: entry.rank).name, True)
    near = _nearest(_key(parts[0] if parts else text))
    return City(near.name, True) if near else _unknown(text)


def _unknown(text: object) -> City:
    words = clean(text[:_MAX_TEXT]).strip(" .,;:-'\"").split() if isinstance(text, str) else []
    name = " ".join(words)
    if means_nothing(name):
        return City("", False)
    if name.isupper() or name.islower():
        name = " ".join(w.lower() if i and w.lower() in _LITTLE_WORDS else capitalise(w) for i, w in enumerate(words))
    return City(name, False)


def _key(text: str) -> str:
    """Returns the form in which names are compared: lower case, without punctuation, "kabupaten" in front."""
    words = ["kabupaten" if word == "kab" else word for word in normalise_keyword(text).split()]
    if len(words) > 1 and words[-1] in {"kabupaten", "kota", "city"}:
        words.insert(0, words.pop())
    return " ".join(words)


def _lookup(text: str) -> _Entry | None:
    table, key = _table(), _key(text)
    for candidate in _without_prefix(key):
        if candidate in table:
            return table[candidate]
    return None


def _without_prefix(key: str) -> Iterator[str]:
    yield key
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            yield key.removeprefix(prefix)
    yield key.removeprefix("city ")


def _nearest(key: str) -> _Entry | None:
    for candidate in _without_prefix(key):
        if len(candidate) >= _SAFE_LENGTH and (found := _one_edit_away(candidate)):
            return found
    return None


def _one_edit_away(key: str) -> _Entry | None:
    """Returns the only entry within one edit of the key, found by the deletions that both share."""
    close = {name for form in _deletions(key) for name in _by_deletion().get(form, ()) if _is_one_edit(key, name)}
    entries = {_table()[name] for name in close if name[0] == key[0]}
    return entries.pop() if len(entries) == 1 else None


def _is_one_edit(a: str, b: str) -> bool:
    """Whether the words differ by one replaced, missing, added or swapped letter."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return max(len(a), len(b)) <= 1 or (len(a) == len(b) == 2 and a == b[::-1])


def _deletions(key: str) -> set[str]:
    return {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}


@cache
def _by_deletion() -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for name in _table():
        if len(name) >= _SAFE_LENGTH:
            for form in _deletions(name):
                index.setdefault(form, []).append(name)
    return index


@cache
def _table() -> dict[str, _Entry]:
    """Returns {spelling: entry}. If two places share a spelling, the kota comes before town and province."""
    table: dict[str, _Entry] = {}
    for kind, name, aliases in sorted(_read(), key=lambda row: _RANKS[row[0]]):
        entry = _Entry(f"Kabupaten {name[1:]}" if name.startswith("*") else name, _RANKS[kind])
        entry = table.setdefault(_key(entry.name), entry)
        for alias in aliases:
            table.setdefault(_key(alias), entry)
    return table


def _read() -> Iterator[tuple[str, str, list[str]]]:
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind in {"@", "kab", "kota", "town"}:
            for item in rest.split(";"):
                name, _, aliases = item.partition("=")
                yield (
                    "province" if kind == "@" else kind,
                    name.strip(),
                    [alias.strip() for alias in aliases.split(",") if alias.strip()],
                )
