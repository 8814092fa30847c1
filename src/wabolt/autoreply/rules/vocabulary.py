"""Everyday words of Indonesian. Such a word is never read as a typo of another word."""

from importlib.resources import files


def _read() -> frozenset[str]:
    text = files("wabolt.autoreply.rules").joinpath("everyday_words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


EVERYDAY = _read()
