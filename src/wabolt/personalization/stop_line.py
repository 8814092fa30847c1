"""The line that tells how to stop: every promotion carries it."""

from wabolt.consent.queries import tells_how_to_stop
from wabolt.personalization.engine import always_shown

LINES = {
    "id": "Balas STOP untuk berhenti berlangganan",
    "en": "Reply STOP to unsubscribe",
}


def ensure_stop_line(text: str, purpose: str, language: str = "id") -> str:
    """The text, with the STOP line at its end when it is a promotion that does not tell how to stop by itself. What
    stands inside an `{% if %}` does not count, because not everybody sees it."""
    if purpose != "marketing" or tells_how_to_stop(always_shown(text)):
        return text
    return f"{text.rstrip()}\n\n{LINES.get(language, LINES['id'])}"
