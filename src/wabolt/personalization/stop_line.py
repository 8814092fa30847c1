"""The stop line, which tells the reader how to stop; every promotion has one."""

from wabolt.consent.queries import tells_how_to_stop
from wabolt.personalization.engine import always_shown

LINES = {
    "id": "Balas STOP untuk berhenti berlangganan",
    "en": "Reply STOP to unsubscribe",
}


def ensure_stop_line(text: str, purpose: str, language: str = "id") -> str:
    """The text, with the stop line at its end if it is a promotion that does not tell how to stop. Text inside `{% if
    %}` does not count, because not every reader sees it."""
    if purpose != "marketing" or tells_how_to_stop(always_shown(text)):
        return text
    return f"{text.rstrip()}\n\n{LINES.get(language, LINES['id'])}"
