"""The word of a giveaway: what may be one, and which messages say it. Pure."""

import re
from collections.abc import Iterable

from wabolt.lib.text import fold, normalise_keyword

_MARKED = re.compile(r"#\s?(\w+)")
SHORTEST, LONGEST, MOST_WORDS = 3, 30, 3
_AROUND = frozenset(
    {"halo", "hallo", "hai", "hi", "hello", "permisi", "assalamualaikum", "selamat", "pagi", "siang", "sore", "malam"}
    | {"kak", "kakak", "ka", "min", "mimin", "admin", "mas", "mbak", "bang", "bu", "pak", "bunda", "ya", "yaa", "y"}
    | {"dong", "donk", "nih", "deh", "aja", "saja", "saya", "aku", "mau", "ikut", "ikutan", "ikutin", "yuk", "terima"}
    | {"kasih", "makasih", "terimakasih", "thanks", "please", "dan", "tolong"}
)
"""Words that may surround the word of a giveaway without changing what the message says."""
_RESERVED = frozenset({"admin", "menu", "info", "batal", "cancel", "hadir", "tidak hadir", "bantuan", "help"})
"""Words with another meaning in a chat with a shop."""
_HASHTAG = re.compile(r"(?<![\w#])#\s?(\w+)")


def says(text: str, key: str) -> bool:
    """Whether a message says the word with this key (`normalise_keyword`).

    It does if it consists of the word and of courtesy around it ("Halo kak, BATIK ya 🙏"), or holds it as a hashtag
    ("mau dong #batik"). A question, and a longer sentence that merely contains the word, do not: a member reads them.
    """
    if "?" in fold(text):
        return False
    tags = {normalise_keyword(tag) for tag in _HASHTAG.findall(fold(text))}
    if key in tags:
        return True
    words = normalise_keyword(text).split()
    wanted = key.split()
    for start in range(len(words) - len(wanted) + 1):
        if words[start : start + len(wanted)] == wanted:
            around = [*words[:start], *words[start + len(wanted) :]]
            return all(word in _AROUND for word in around)
    return False


def text_without_key(text: str, key: str, codes: Iterable[str] = ()) -> str:
    """Returns what a message says besides the word, its hashtag and these codes; "" if that is courtesy alone."""
    marks = {key, *(normalise_keyword(code) for code in codes)}
    rest = _MARKED.sub(lambda found: "" if normalise_keyword(found[1]) in marks else found[0], text).strip()
    return "" if says(rest, key) or not normalise_keyword(rest) else rest


def flaw_of(key: str) -> str | None:
    """Returns why this key cannot be the word of a giveaway: "short", "long", "number" or "common"; None if it can."""
    if len(key) < SHORTEST:
        return "short"
    if len(key) > LONGEST or key.count(" ") >= MOST_WORDS:
        return "long"
    if not any(char.isalpha() for char in key):
        return "number"
    if key in _RESERVED or all(word in _AROUND for word in key.split()):
        return "common"
    return None
