"""The meaning of messages for promotions: stop, start, or a possible stop.

The footer of a promotion, the button of a template and the responder use the same words.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from wabolt.consent.rules.hints import hints_at_stop
from wabolt.consent.rules.objections import COMPLAINTS, LISTS, OBJECTS, objection_in, plain_words
from wabolt.lib.chat_words import COURTESY
from wabolt.lib.text import normalise_keyword

ALWAYS_STOP = "stop"
"""The footer of every promotion promises that STOP works, so no shop can remove this word."""

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
            "diberhentikan",
            "berhentiin",
            "diberhentiin",
            "berenti",
            "brenti",
            "brhenti",
            "hentiin",
            "mandeg",
        ),
        *("unsub", "unsubs", "unsubscribe", "unsubscribed", "unsubcribe", "unreg", "optout"),
    ]
)
"""Single words that stop promotions in every shop, also inside a longer message."""
_STRETCHED_STOP = re.compile(r"(?:di)?s+e?t+[o0]+p+(?:in)?")
"""Stretched or doubled letters, or a zero: "stoppp", "stooop", "st0p"; with the prefix of a passive, or the suffix of a
request: "distop", "stopin"."""
_WISHES = frozenset({"mau", "minta", "ingin", "pengen", "pingin", "want", "wanna"})
"""Words of a wish in front of a stop verb: "mau berhenti langganan". "Mau stop" alone can be about something else."""
_COMPOUNDS = re.compile(r"\b(?:stop (?:kontak|kran|map|motion|watch|lamp)\w*|(?:non|bus|halte|full|pit|door) stop)\b")
"""Names of things that contain "stop", such as a power outlet or a bus stop."""
_SHORT = 8
"""Maximum number of words of a message that counts as a possible stop because it contains a stop verb."""


def meaning_of(text: str, stop: Iterable[str], start: Iterable[str], shop: str = "") -> Meaning | None:
    """Returns the meaning of a whole message for promotions. `stop` and `start` are the shop's own words, normalised.

    - "stop": it begins with a stop word, after any courtesy, and contains only stop words, courtesy, objects to be
      stopped, complaints, and the shop's name. Or it is a plain objection to promotions (`objection_in`).
    - "start": exactly a start word, optionally followed by the shop's name. A message that could be both is a stop.
    - "doubt": it may be meant as a stop. It begins with a stop verb, or it is short and has a stop verb in it, or it
      may be an objection (`objection_in`, `hints_at_stop`).
    - None: anything else.

    Reduplicated and stretched words are read as the plain word: "stop kirim2 promooo" as "stop kirim promo".
    """
    normalised = normalise_keyword(text)
    if not normalised:
        return None
    name = normalise_keyword(shop)
    stop_words = {ALWAYS_STOP, *stop}
    sayings = {normalised, normalised.removesuffix(f" {name}")} if name else {normalised}
    if sayings & stop_words:
        return "stop"
    names = frozenset(name.split())
    plain = plain_words(" ".join(_marked(_COMPOUNDS.sub("-", normalised).split(), stop_words)))
    words = _marked(plain, stop_words)
    core = [word for word in words if word not in _SURROUNDING and word not in names]
    said = plain_words(normalised)
    wished = core[1:] if core and core[0] in _WISHES and not _is_bare_wish(said, names) else core
    is_clear = wished[:1] == [_STOP] and _CLEAR_STOP.issuperset(wished)
    if is_clear or (core and all(word == _WORD for word in core)):
        return "stop"
    objection = objection_in(said, names)
    if objection == "stop":
        return "stop"
    if sayings & {*start}:
        return "start"
    # `said` has the objects that a mark replaces: "stop promo" is one mark.
    about_messages = not OBJECTS.isdisjoint({*said} - names) or any(map(_UNSUBSCRIBING.fullmatch, said))
    stops = [place for place, word in enumerate(words) if word == _STOP]
    meant = [place for place in stops if about_messages or words[max(place - 1, 0)] not in _NOT_STOPPING]
    may_be_stop = bool(meant) and (core[0] == _STOP or len(_without_courtesy_around(words)) <= _SHORT)
    # A stop word of a shop, such as "keluar", and things to be stopped: "keluar dari langganan".
    names_object = wished[:1] == [_WORD] and _CLEAR_STOP.issuperset(wished)
    return "doubt" if may_be_stop or names_object or hints_at_stop(said, names) else objection


def _without_courtesy_around(words: Sequence[str]) -> Sequence[str]:
    """The words from the first to the last that is no courtesy."""
    said = [place for place, word in enumerate(words) if word not in COURTESY]
    return words[said[0] : said[-1] + 1] if said else ()


def is_stop(text: str) -> bool:
    """Whether a text, such as the title of a button, is a stop in a shop that has the default stop words."""
    return meaning_of(text, _DEFAULTS, ()) == "stop"


def tells_how_to_stop(text: str) -> bool:
    """Whether a text says which word stops promotions. Returns False in doubt."""
    return bool(_INSTRUCTION.search(text) or _WRITTEN.search(text))


_STOP, _WORD = "\x00stop", "\x00word"
"""Marks in a list of words. _STOP: a stop verb, or a stop word of several words. _WORD: a single stop word of a
shop."""
_CLEAR_STOP = frozenset({_STOP, _WORD, "ke"}) | OBJECTS | COMPLAINTS | LISTS
"""Words that a clear stop may contain besides courtesy and the shop's name."""
_SURROUNDING = COURTESY | {"di", "nya", "ini", "itu", "cukup", "it", "kindly", "kau", "kamu", "kalian", "lu"}
"""Words around a stop verb that do not change the meaning: "mohon di stop", "stop promo nya", "hentikan pesan ini"."""
_NOT_STOPPING = frozenset({"ga", "gak", "tidak", "tanpa", "jangan"})
"""Words before a stop verb that turn it around: "ga berhenti hujan". "Jangan stop promonya" is left to a member.

"Belum" is no such word, because "kok belum distop" repeats a wish. "Tak" is "I will" in Javanese.
"""
_UNSUBSCRIBING = re.compile(r"un(?:sub|reg)\w*|optout")
_DEFAULTS = frozenset(normalise_keyword(word) for word in STOP_WORDS)


def _marked(words: Sequence[str], stop_words: Collection[str]) -> list[str]:
    """Returns the words with stop verbs and stop words replaced by their marks; the longest phrase wins."""
    longest = max(phrase.count(" ") + 1 for phrase in stop_words)
    marked: list[str] = []
    place = 0
    while place < len(words):
        lengths = range(min(longest, len(words) - place), 1, -1)
        length = next((n for n in lengths if " ".join(words[place : place + n]) in stop_words), 1)
        marked.append(_STOP if length > 1 else _mark(words[place], stop_words))
        place += length
    return marked


def _is_bare_wish(words: Sequence[str], names: Collection[str]) -> bool:
    """Whether a wish has no object: "saya mau stop". "Mau unsub" needs none."""
    core = [word for word in words if word not in _SURROUNDING and word not in names]
    return len(core) < 3 and not (len(core) == 2 and _UNSUBSCRIBING.fullmatch(core[1]))


def _mark(word: str, stop_words: Collection[str]) -> str:
    if word in _STOP_VERBS or _STRETCHED_STOP.fullmatch(word):
        return _STOP
    return _WORD if word in stop_words else word


_VERBS = "|".join(sorted(_STOP_VERBS, key=len, reverse=True))
# The stop word has to follow a verb such as "balas" directly: "Balas sekarang, promo berhenti besok" does not say how.
_INSTRUCTION = re.compile(
    r"\b(?:balas|ketik|kirim|jawab|tulis|reply|send|text|type|write)"
    r"(?:\s+(?:saja|aja|ya|dengan|kata|pesan|mengetik|ketik|menulis|just|with|the|word|a|message))*"
    rf"\s*[:,]?\s*[\"'“‘„(*_~]*(?:{_VERBS})\b",
    re.IGNORECASE,
)
# "STOP untuk berhenti": such words are written in capitals.
_WRITTEN = re.compile(rf"\b(?:{_VERBS.upper()})\b[\"'”’)*_~]*\s*(?:=|:|(?i:untuk|utk|buat|kalau|to|if)\b)")
