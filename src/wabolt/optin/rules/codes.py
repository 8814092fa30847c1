"""Codes that a customer's first message carries: made, checked, and found in text that people have edited.

A code is written in 31 characters, which are the numbers modulo the prime 31. Its last two characters are check
characters: with the weights 1, 2, 3 ... both the weighted sum and the sum with squared weights are constant. Two codes
of one length therefore differ in at least three characters (a shortened Reed-Solomon code). One or two wrong characters
never make another code, and one wrong character leads back to exactly one code.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator

from wabolt.lib.random_codes import ALPHABET

POINT_LENGTH = 6
"""Characters of the code of an entry point, on paper and in links."""
ENTRY_LENGTH = 8
"""Characters of the code of one submitted form. There are many more of them, so they are longer."""

MOST_PARTS = 3
"""Maximum number of words into which people split one code."""

_LENGTHS = frozenset({POINT_LENGTH, ENTRY_LENGTH})
_VALUE = {char: value for value, char in enumerate(ALPHABET)}
_PRIME = len(ALPHABET)
# Not zero: otherwise a code without its first character and with a "2" at its end would be valid.
_SUM, _SQUARES = 7, 19
_INVERSE = [0, *(pow(weight, -1, _PRIME) for weight in range(1, ENTRY_LENGTH + 2))]
_MAX_TEXT, _MAX_WORDS, _MAX_CORRECTED = 1000, 120, 8
_WORD = re.compile(r"[0-9A-Z]+")
_MARKED = re.compile(r"#\s?([0-9A-Z]{6}|[0-9A-Z]{8})(?![0-9A-Z])")


def make_code(data: str) -> str:
    """Returns `data` with its two check characters. `data`: 4 or 6 characters of ALPHABET.

    Raises ValueError for other characters and lengths.
    """
    if len(data) + 2 not in _LENGTHS or not set(data) <= set(ALPHABET):
        raise ValueError(f"{data!r} is no data of a code")
    first, second = _sums(data)
    at = len(data) + 1
    # a * w + b * (w + 1) = x and a * w² + b * (w + 1)² = y, for the weights w and w + 1 of the check characters
    x, y = (_SUM - first) % _PRIME, (_SQUARES - second) % _PRIME
    b = (y - x * at) * pow(at + 1, -1, _PRIME) % _PRIME
    a = (x - b * (at + 1)) * pow(at, -1, _PRIME) % _PRIME
    return data + ALPHABET[a] + ALPHABET[b]


def is_code(text: str) -> bool:
    """Returns whether `text` has the length, the characters and the check characters of a code."""
    return len(text) in _LENGTHS and set(text) <= _VALUE.keys() and _sums(text) == (_SUM, _SQUARES)


def is_unlike_words(data: str) -> bool:
    """Returns whether `data` holds a digit and a letter, so that no ordinary word of a message is a code."""
    return any(char.isdigit() for char in data) and any(char.isalpha() for char in data)


def survives_an_error(code: str) -> bool:
    """Returns whether `code` is unlike words without any one of its characters. A code with a single digit would be
    taken for a word when just this digit is mistyped as a letter."""
    return all(is_unlike_words(code[:at] + code[at + 1 :]) for at in range(len(code)))


def codes_in(text: str) -> list[str]:
    """Returns the codes in a message, in their order, each once.

    Other words, case, spaces or hyphens inside a code, punctuation, emoji and compatibility forms of letters do not
    matter.
    """
    return list(dict.fromkeys(part for part in _candidates(text) if is_code(part)))


def marked_codes_in(text: str) -> list[str]:
    """Returns the codes behind a "#", which is how our pages write them. Other words that happen to be a code, such as
    the number of an order, are left out."""
    plain = unicodedata.normalize("NFKC", text[:_MAX_TEXT]).upper()
    return list(dict.fromkeys(code for code in _MARKED.findall(plain) if is_code(code)))


def nearby_codes_in(text: str) -> list[str]:
    """Returns the codes that differ from a part of the message by one edit: a character that is wrong, missing, added,
    or exchanged with its neighbour. Most of them belong to no entry point.
    """
    parts = itertools.islice((part for part in _candidates(text) if not is_code(part)), _MAX_CORRECTED)
    return list(dict.fromkeys(code for part in parts for code in _corrections(part)))


def edit_distance(first: str, second: str) -> int:
    """Returns the smallest number of inserted, removed and replaced characters between two codes."""
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        previous, row[0] = row[0], i
        for j, right in enumerate(second, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (left != right))
    return row[-1]


def _sums(text: str) -> tuple[int, int]:
    first = second = 0
    for weight, char in enumerate(text, 1):
        value = _VALUE[char]
        first += weight * value
        second += weight * weight * value
    return first % _PRIME, second % _PRIME


def _candidates(text: str) -> Iterator[str]:
    """Yields texts that may be a code with one edit: single words, and up to MOST_PARTS adjacent words joined."""
    plain = unicodedata.normalize("NFKC", text[:_MAX_TEXT]).upper()
    words = _WORD.findall(plain)[:_MAX_WORDS]
    for start in range(len(words)):
        joined = ""
        for word in words[start : start + MOST_PARTS]:
            joined += word
            if len(joined) > ENTRY_LENGTH + 1:
                break
            if len(joined) >= POINT_LENGTH - 1 and is_unlike_words(joined):
                yield joined


def _corrections(part: str) -> Iterable[str]:
    size, found = len(part), set[str]()
    if size in _LENGTHS:
        found.update(_filled(part[:at], part[at + 1 :]) for at in range(size))
        found.update(part[:at] + part[at : at + 2][::-1] + part[at + 2 :] for at in range(size - 1))
    if size + 1 in _LENGTHS:
        found.update(_filled(part[:at], part[at:]) for at in range(size + 1))
    if size - 1 in _LENGTHS:
        found.update(part[:at] + part[at + 1 :] for at in range(size))
    return sorted(code for code in found if is_code(code))


def _filled(before: str, after: str) -> str:
    """Returns `before` and `after` with the one character between them that makes the weighted sum right; "" if one of
    them holds other characters than codes do."""
    weight, total = len(before) + 1, 0
    for at, char in enumerate(before + after, 1):
        value = _VALUE.get(char)
        if value is None:
            return ""
        total += (at if at < weight else at + 1) * value
    return before + ALPHABET[(_SUM - total) * _INVERSE[weight] % _PRIME] + after
