"""The words of Indonesian chat messages in one spelling: short forms, stretched letters and particles."""

import re
from functools import cache
from importlib.resources import files

from wabolt.lib.chat_words import PARTICLES, spoken_words, word_set
from wabolt.lib.text import normalise_keyword

GREETINGS = word_set("assalamualaikum selamat pagi siang sore malam")
"""Words that greet at the beginning of a message. Elsewhere they are times of the day."""
_POSSESSIVE = "nya"
_OTHER_POSSESSIVES = ("na", "ny", "ne", "nye")
"""The same suffix in Sundanese, in short, in Javanese and in Betawi; only behind a word that chats use."""
_AFFIXES = re.compile(r"(?:di|nge|ng)?(?P<stem>\w{4,}?)(?:in|kan)?")
"""A verb with the prefix of a passive, or with a suffix: "dituker", "tukerin"; only around one of `_VERBS`."""
_VERBS = word_set("pesan beli bayar transfer kirim tukar retur tanya jawab balas buka tutup pakai lihat")
_NO_SUFFIX = word_set("bertanya ditanya menanya hanya punya mempunyai tanya sepertinya biasanya")
"""Words that end in the letters of the suffix "-nya" and do not carry it, or mean something else without it."""
_SHORTEST_STEM = 3
_AMOUNTS = re.compile(r"(?:order|pesan|beli|pembelian|belanja|pemesanan|qty|\d)")


@cache
def short_forms() -> dict[str, str]:
    """The standard words of each short form of chats: {"brp": "berapa"}."""
    lines = files("wabolt.autoreply.rules").joinpath("short_forms.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=") for line in lines if line and not line.startswith("#"))
    return {short: meant.strip() for shorts, meant in pairs for short in shorts.split()}


@cache
def standard_words() -> frozenset[str]:
    """The standard words of all short forms."""
    return frozenset(word for meant in short_forms().values() for word in meant.split())


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a message or of a rule in the form in which they are compared.

    Case, punctuation, emoji, stretched letters ("hargaaa"), doubled words ("promo2"), short forms ("brp") and the
    suffix "-nya" do not matter. Particles ("kak", "dong") and a greeting in front are left out, unless the text has no
    other word. Returns () if the text has no letter and no digit.
    """
    words = standard_spelling(text)
    plain = [word for word in words if word not in PARTICLES]
    start = next((place for place, word in enumerate(plain) if word not in GREETINGS), len(plain))
    return tuple(plain[start:] or plain or words)


def standard_spelling(text: str) -> list[str]:
    """All words of a text in their standard spelling, with particles and greetings."""
    return [word for _said, word in spelled_words(text)]


def spelled_words(text: str) -> list[tuple[str, str]]:
    """All words of a text: as they were said, and in their standard spelling."""
    said = _minimum(spoken_words(normalise_keyword(text), _known()))
    return [(word, part) for word in said for part in _standard(word).split()]


def without_words(text: str, words: frozenset[str]) -> str:
    """A text without these words, which are standard ones, in any spelling: "tgl 17" without "tanggal" is "17".

    A word of one letter is no short form here: it may be the initial of a name.
    """
    return " ".join(word for word in text.split() if not _is_one_of(word.strip(".,!:").lower(), words))


def _is_one_of(word: str, words: frozenset[str]) -> bool:
    spelled = standard_spelling(word) if len(word) > 1 else ()
    return word in words or (bool(spelled) and words.issuperset(spelled))


@cache
def _known() -> frozenset[str]:
    """The words that keep a double letter at their end."""
    return PARTICLES | short_forms().keys()


def _minimum(words: list[str]) -> list[str]:
    """Replaces "min" by "minimal" in "min order" and "min pembelian". Elsewhere "min" addresses the admin."""
    pairs = zip(words, [*words, ""][1:], strict=True)
    return ["minimal" if word == "min" and _AMOUNTS.match(after) else word for word, after in pairs]


def _standard(word: str) -> str:
    """The standard word, without the suffix "-nya"."""
    known = short_forms()
    stem = word.removesuffix(_POSSESSIVE)
    if word in known or word in _NO_SUFFIX or len(stem) < _SHORTEST_STEM:
        return known.get(word, word)
    if stem == word and word not in standard_words():
        ends = (word.removesuffix(suffix) for suffix in _OTHER_POSSESSIVES if word.endswith(suffix))
        stem = next((end for end in ends if len(end) > _SHORTEST_STEM and _is_known(end)), word)
    if not _is_known(stem) and (verb := _AFFIXES.fullmatch(stem)):
        plain = known.get(verb["stem"], verb["stem"])
        stem = plain if plain in _VERBS else stem
    return known.get(stem, stem)


def _is_known(word: str) -> bool:
    return word in short_forms() or word in standard_words()
