"""Retries of incoming files, and captions without the sign of their kind."""

from datetime import timedelta

_TRIES = (
    *(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
    *(timedelta(days=1),) * 6,
)
"""Pauses between attempts, about a week in all. WhatsApp keeps a file for some weeks."""
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
