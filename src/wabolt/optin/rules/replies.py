"""The meaning of short replies, and of the words around a code. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence

from wabolt.lib.text import fold, normalise_keyword
from wabolt.optin.rules.codes import MOST_PARTS, nearby_codes_in

_YES = frozenset(
    {"ya", "iya", "y", "yes", "ok", "oke", "betul", "benar", "mau", "boleh", "setuju", "ya kak", "iya kak", "betul kak"}
    | {"mau kak", "boleh kak", "ya mau", "iya mau", "ya boleh", "setuju kak", "ok kak", "oke kak", "yes please"}
)
_NO = frozenset(
    {"tidak", "tdk", "gak", "ga", "nggak", "no", "tidak kak", "gak kak", "ga kak", "tidak usah", "gak usah"}
)
_NEGATIONS = frozenset(
    {"tidak", "tdk", "gak", "ga", "gk", "nggak", "ngga", "enggak", "bukan", "batal", "batalkan", "jangan", "jgn"}
    | {"gausah", "ogah", "males", "malas", "salah", "hapus", "keluar", "no", "not", "never", "dont", "cancel", "remove"}
)
_WORD = re.compile(r"\w+")


def is_yes(text: str) -> bool:
    """Whether the whole message is a yes. A question such as "ya?" is none."""
    return "?" not in fold(text) and normalise_keyword(text) in _YES


def is_no(text: str) -> bool:
    """Whether the whole message is a no."""
    return normalise_keyword(text) in _NO


def words_around(text: str, codes: Iterable[str]) -> str:
    """The message without the codes, also mistyped or written in parts, and without punctuation such as "#"."""
    meant, words = set(codes), _WORD.findall(fold(text))
    around, at = [], 0
    while at < len(words):
        size = _size_of_code(words[at : at + MOST_PARTS], meant)
        if not size:
            around.append(words[at])
        at += size or 1
    return " ".join(around)


def _size_of_code(words: Sequence[str], codes: Collection[str]) -> int:
    """The number of the first words that are one of the codes; 0 if none is."""
    for size in range(1, len(words) + 1):
        if "".join(words[:size]).upper() in codes:
            return size
    return int(bool(words) and any(code in codes for code in nearby_codes_in(words[0])))


def refuses(text: str, greeting: str, codes: Iterable[str]) -> bool:
    """Whether the words around the code hold a negation that the shop's own greeting does not hold, such as "tidak mau"
    or "bukan saya". Such a message is no consent: a member reads it."""
    words = set(_WORD.findall(words_around(text, codes).replace("'", "")))
    return bool(words & _NEGATIONS - set(_WORD.findall(fold(greeting))))
