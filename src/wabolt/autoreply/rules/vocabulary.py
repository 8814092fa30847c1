"""Everyday words of Indonesian, given names and places. Such a word is never read as a typo of another word."""

from importlib.resources import files

from wabolt.lib.cities import place_words


def _read() -> frozenset[str]:
    text = files("wabolt.autoreply.rules").joinpath("everyday_words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


EVERYDAY = _read() | place_words()
