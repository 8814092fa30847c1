"""The meaning of short replies, and of the words around a code. Pure."""

import re
from collections.abc import Iterable

from wabolt.lib.text import fold, normalise_keyword

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
    """The message without the codes: words that are a part of a code are left out, and so is "#"."""
    parts = [code.casefold() for code in codes]
    return " ".join(word for word in _WORD.findall(fold(text)) if not any(word in part for part in parts))


def refuses(text: str, greeting: str, codes: Iterable[str]) -> bool:
    """Whether the words around the code hold a negation that the shop's own greeting does not hold, such as "tidak mau"
    or "bukan saya". Such a message is no consent: a member reads it."""
    words = set(_WORD.findall(words_around(text, codes).replace("'", "")))
    return bool(words & _NEGATIONS - set(_WORD.findall(fold(greeting))))
