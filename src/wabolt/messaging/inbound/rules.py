"""Retries of incoming files, and the words of a message that its writer typed."""

import re
from datetime import timedelta

_TRIES = (
    *(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
    *(timedelta(days=1),) * 6,
)
"""Pauses between attempts, about a week in all. WhatsApp keeps a file for some weeks."""
SHORT_WAITS = 5
"""Failed attempts below which the pause is shorter than an hour."""
SIGNS = ("📷", "🎬", "🎤", "📄", "🏷️")
"""Signs that providers put before the caption of a file, for places that show text only."""


def next_try(tries: int) -> timedelta | None:
    """The pause after so many failed attempts; None: give up."""
    return _TRIES[tries - 1] if 1 <= tries <= len(_TRIES) else None


def caption(text: str, name: str = "") -> str:
    """The caption of a file without the sign of its kind; "" if it is only the file's name."""
    sign, _, words = text.partition(" ")
    words = words.strip() if sign in SIGNS else text
    return "" if name and words == name else words


def typed_text(text: str, name: str = "") -> str:
    """The words that the writer of a message typed: a text, or the caption of a file. `name`: of the file.

    "" for a file without a caption, a shared place, a contact card, an invitation to a group, a poll, a calendar entry,
    the number of pictures of an album, and a kind that cannot be shown: their words come from the phone or from us. The
    goods of a catalogue order and the amount of a payment are left out, and the text with them stays.
    """
    if text.startswith(("❔", "👤")) or _shares(text, *_INVITATION) or is_place(text) or _NOT_TYPED.fullmatch(text):
        return ""
    if text.startswith(_CATALOGUE):
        text = "\n".join(line for line in text.split("\n") if not _GOODS.fullmatch(line))
    return caption(_AMOUNT.sub("", text), name)


def is_place(text: str) -> bool:
    """Whether a message is a place that its writer shared."""
    return _shares(text, *_PLACE)


def _shares(text: str, sign: str, link: str) -> bool:
    return text.startswith(sign) and link in text


_PLACE, _INVITATION = ("📍", "https://maps.google.com/"), ("👥", "https://chat.whatsapp.com/")
"""Signs that providers put before shared things, with the beginning of the link that such a message holds."""
_NOT_TYPED = re.compile(r"🖼️(?: \d+ \S+)*|📊 (?:☑️|.*\n◻️).*|📅 .*\d{4}-\d\d-\d\d \d\d:\d\d.*|📝 \{.*\}", re.DOTALL)
"""An album with its number of pictures, a poll, a calendar entry and a completed form, as providers write them."""
_CATALOGUE = ("🛒", "🛍️")
_GOODS = re.compile(r"(?:🛒|🛍️) .*(?:× \d+|\b[A-Z]{3} [\d.]+)|[1-9]\d* × .*")
"""A line of a catalogue order, as providers write it: "🛒 Batik × 2 IDR 150.000", "2 × SKU-1 @ IDR 150.000"."""
_AMOUNT = re.compile(r"\A💸 [A-Z]{3} [\d.]+ ?")
