"""The meaning of messages for promotions: stop, start, or a possible stop.

The footer of a promotion, the button of a template and the responder use the same words.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from wabolt.consent.rules.objections import COMPLAINTS, OBJECTS, objection_in, plain_words
from wabolt.lib.chat_words import COURTESY
from wabolt.lib.text import normalise_keyword

ALWAYS_STOP = "stop"
"""The line under every promotion promises that STOP works, so no shop can take this word away."""

STOP_WORDS = (
    *("STOP", "SETOP", "STOP YA", "STOP KAK", "STOP YA KAK", "STOP DONG", "TOLONG STOP", "MOHON STOP"),
    *("STOP PROMO", "STOP IKLAN", "STOP BROADCAST", "STOP LANGGANAN", "STOP BERLANGGANAN", "STOP WA", "STOP CHAT"),
    *("STOP PESAN", "STOP KIRIM", "STOP KIRIM PESAN", "STOP KIRIM PROMO", "STOP SEMUA", "STOP ALL"),
    *("BERHENTI", "BERHENTI LANGGANAN", "BERHENTI BERLANGGANAN", "BERHENTI PROMO", "TOLONG BERHENTI"),
    *("UNSUB", "UNSUBSCRIBE", "UNREG", "UNREG PROMO", "OPT OUT", "KELUAR", "BATAL LANGGANAN", "BATAL BERLANGGANAN"),
    *("JANGAN KIRIM LAGI", "JANGAN KIRIM PESAN LAGI", "JANGAN KIRIM PROMO", "JANGAN KIRIM PROMO LAGI"),
    *("JANGAN WA LAGI", "JANGAN CHAT LAGI", "JANGAN HUBUNGI SAYA", "JANGAN HUBUNGI SAYA LAGI", "JANGAN SPAM"),
    *("TIDAK MAU PROMO", "GAK MAU PROMO", "TIDAK MAU DIKIRIMI LAGI", "HAPUS NOMOR SAYA", "HAPUS SAYA"),
)
START_WORDS = (
    *("JOIN", "GABUNG", "DAFTAR", "MULAI", "START", "SUBSCRIBE", "LANGGANAN", "REG"),
    *("GABUNG LAGI", "DAFTAR PROMO", "MAU PROMO", "MULAI LAGI", "JOIN LAGI"),
)

Meaning = Literal["stop", "doubt", "start"]

_STOP_VERBS = frozenset(
    [
        *(
            "stop",
            "setop",
            "berhenti",
            "berhentikan",
            "hentikan",
            "dihentikan",
            "berenti",
            "brenti",
            "brhenti",
            "hentiin",
        ),
        *("unsub", "unsubscribe", "unreg", "optout"),
    ]
)
"""Single words that stop promotions in every shop, also inside a longer message."""
_STRETCHED_STOP = re.compile(r"s+e?t+o+p+")
"""Stretched or doubled letters: "stoppp", "stooop"."""
_COMPOUNDS = re.compile(r"\b(?:stop (?:kontak|kran|map|motion|watch|lamp)\w*|(?:non|bus|halte|full|pit|door) stop)\b")
"""Things with "stop" in their names: a power outlet, a bus stop."""
_SHORT = 8
"""The longest message, in words, that counts as a possible stop because of a stop verb anywhere in it."""


def meaning_of(text: str, stop: Iterable[str], start: Iterable[str], shop: str = "") -> Meaning | None:
    """The meaning of a whole message for promotions. `stop` and `start` are the shop's own words, normalised.

    - "stop": it begins with a stop word, after any courtesy, and holds nothing else but stop words, courtesy, what is
      to be stopped, complaints, and the shop's name. Or it is a plain objection to promotions (`objection_in`).
    - "start": exactly a start word, with the shop's name behind it or not. A message that could be both is a stop.
    - "doubt": it may be meant as a stop. It begins with a stop verb, or it is short and has a stop verb in it, or it
      may be an objection.
    - None: anything else.

    Reduplicated and stretched words are read as the plain word: "stop kirim2 promooo" as "stop kirim promo".
    """
    said = normalise_keyword(text)
    if not said:
        return None
    name = normalise_keyword(shop)
    stop_words = {ALWAYS_STOP, *stop}
    sayings = {said, said.removesuffix(f" {name}")} if name else {said}
    if sayings & stop_words:
        return "stop"
    names = frozenset(name.split())
    plain = plain_words(" ".join(_marked(_COMPOUNDS.sub("-", said).split(), stop_words)))
    words = _marked(plain, stop_words)
    core = [word for word in words if word not in COURTESY and word not in names]
    is_clear = bool(core) and core[0] == _STOP and all(word in _BESIDE_STOP for word in core)
    if is_clear or (core and all(word == _WORD for word in core)):
        return "stop"
    objection = objection_in(plain_words(said), names)
    if objection == "stop":
        return "stop"
    if sayings & {*start}:
        return "start"
    may_be_stop = _STOP in core and (core[0] == _STOP or len(words) <= _SHORT)
    return "doubt" if may_be_stop else objection


def is_stop(text: str) -> bool:
    """Whether a text, such as the title of a button, is a stop in a shop that has the default stop words."""
    return meaning_of(text, _DEFAULTS, ()) == "stop"


def tells_how_to_stop(text: str) -> bool:
    """Whether a text tells its reader what to write to get no more promotions. Returns False in doubt."""
    return bool(_INSTRUCTION.search(text) or _WRITTEN.search(text))


_STOP, _WORD = "\x00stop", "\x00word"
"""Marks in a list of words: a stop verb or a phrase of several words; a single word that a shop chose as stop word."""
_BESIDE_STOP = frozenset({_STOP, _WORD}) | OBJECTS | COMPLAINTS
"""Words that a clear stop may hold besides courtesy and the shop's name."""
_DEFAULTS = frozenset(normalise_keyword(word) for word in STOP_WORDS)


def _marked(words: Sequence[str], stop_words: Collection[str]) -> list[str]:
    """The words with stop verbs and stop words replaced by their marks; the longest phrase wins."""
    longest = max(phrase.count(" ") + 1 for phrase in stop_words)
    marked: list[str] = []
    place = 0
    while place < len(words):
        lengths = range(min(longest, len(words) - place), 1, -1)
        length = next((n for n in lengths if " ".join(words[place : place + n]) in stop_words), 1)
        marked.append(_STOP if length > 1 else _mark(words[place], stop_words))
        place += length
    return marked


def _mark(word: str, stop_words: Collection[str]) -> str:
    if word in _STOP_VERBS or _STRETCHED_STOP.fullmatch(word):
        return _STOP
    return _WORD if word in stop_words else word


_VERBS = "|".join(sorted(_STOP_VERBS, key=len, reverse=True))
# The word has to follow what to do with it: "Balas sekarang, promo berhenti besok" does not tell how to stop.
_INSTRUCTION = re.compile(
    r"\b(?:balas|ketik|kirim|jawab|tulis|reply|send|text|type|write)"
    r"(?:\s+(?:saja|aja|ya|dengan|kata|pesan|mengetik|ketik|menulis|just|with|the|word|a|message))*"
    rf"\s*[:,]?\s*[\"'“‘„(*_~]*(?:{_VERBS})\b",
    re.IGNORECASE,
)
# "STOP untuk berhenti": such words are written in capitals.
_WRITTEN = re.compile(rf"\b(?:{_VERBS.upper()})\b[\"'”’)*_~]*\s*(?:=|:|(?i:untuk|utk|buat|kalau|to|if)\b)")
