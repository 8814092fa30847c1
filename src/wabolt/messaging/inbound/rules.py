"""When a file that a contact sent is asked for again, and what was written under it."""

from datetime import timedelta

_TRIES = (
    *(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
    *(timedelta(days=1),) * 6,
)
"""Pauses between tries. About a week in all: WhatsApp keeps a file for some weeks, and nobody waits longer."""
SIGNS = ("📷", "🎬", "🎤", "📄", "🏷️")
"""What providers put before the caption of a file, for wherever only words are shown."""


def next_try(tries: int) -> timedelta | None:
    """How long to wait after so many tries that came to nothing; None: it is given up."""
    return _TRIES[tries - 1] if 1 <= tries <= len(_TRIES) else None


def caption(text: str, name: str = "") -> str:
    """What somebody wrote under a file that is shown: without the sign of its kind, and without its mere name."""
    sign, _, words = text.partition(" ")
    words = words.strip() if sign in SIGNS else text
    return "" if name and words == name else words
