"""The line that tells how to stop: every promotion carries it."""

import re

from wabolt.messaging.rendering.engine import always_shown

LINES = {
    "id": "Balas STOP untuk berhenti berlangganan",
    "en": "Reply STOP to unsubscribe",
}
_SAYS_SO = re.compile(
    r"\b(?:balas|ketik|kirim|jawab|reply|send|text|type)\b[^.\n]{0,24}?\b(?:stop|berhenti|unsub(?:scribe)?)\b",
    re.IGNORECASE,
)


def ensure_stop_line(text: str, purpose: str, language: str = "id") -> str:
    """The text, with the STOP line at its end when it is a promotion that does not tell how to stop by itself. What
    stands inside an `{% if %}` does not count, because not everybody sees it."""
    if purpose != "marketing" or _SAYS_SO.search(always_shown(text)):
        return text
    return f"{text.rstrip()}\n\n{LINES.get(language, LINES['id'])}"
