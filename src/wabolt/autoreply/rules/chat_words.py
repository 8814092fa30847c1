"""The words of Indonesian chat messages in one spelling: short forms, stretched letters and particles."""

import re
from functools import cache
from importlib.resources import files

from wabolt.lib.text import collapse_reduplication, normalise_keyword


def word_set(text: str) -> frozenset[str]:
    """The words of a text that is written as a list."""
    return frozenset(text.split())


PARTICLES = word_set("""
ah aja ajah atuh bang bos boss bro bu bun bund bunda ci cik cuy dear deh dek dong donk eh euy gaes gan hai hallo
halo hehe hei hello hey hi ibu ih jeng ka kah kak kaka kakak kang kk ko koh kok lah lho lo loh mas mb mba mbak mbk
mimin min miss nah neng nih nya om oom pak permisi please plis pls punten say sayang sih sis sist sob tante teh tlg
toh tolong tuh uy wah weh wkwk wkwkwk y ya yaa yah yth yuk
""")
"""Words that surround a question without changing what it asks."""
GREETINGS = word_set("assalamualaikum selamat pagi siang sore malam")
"""Words that greet at the beginning of a message. Elsewhere they are times of the day."""
_STRETCHED = re.compile(r"(.)\1{2,}")
_END = re.compile(r"([aiueo])\1+\Z")
_POSSESSIVE = "nya"
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
    words = [part for word in _minimum(_unstretched(text)) for part in _standard(word).split()]
    plain = [word for word in words if word not in PARTICLES]
    start = next((place for place, word in enumerate(plain) if word not in GREETINGS), len(plain))
    return tuple(plain[start:] or plain or words)


def _unstretched(text: str) -> list[str]:
    # Stretched letters go first: "promo2222" is a typo of "promo2", but "085522222222" is a number.
    said = [word if word.isdigit() else _STRETCHED.sub(r"\1", word) for word in normalise_keyword(text).split()]
    words = collapse_reduplication(" ".join(said)).split()
    known = short_forms()
    return [word if word in known or word in PARTICLES else _END.sub(r"\1", word) for word in words]


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
    return known.get(stem, stem)
