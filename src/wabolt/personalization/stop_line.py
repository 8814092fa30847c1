"""The stop line: the sentence at the end of each promotion that says how to stop."""

from wabolt.consent.queries import tells_how_to_stop
from wabolt.personalization.engine import always_shown

LINES = {
    "id": "Balas STOP untuk berhenti berlangganan",
    "en": "Reply STOP to unsubscribe",
}


def ensure_stop_line(text: str, purpose: str, language: str = "id") -> str:
    """Returns the text, with the stop line added if it is a promotion that does not say how to stop.

    Text inside `{% if %}` does not count, because not every reader sees it.
    """
    if purpose != "marketing" or tells_how_to_stop(always_shown(text)):
        return text
    return f"{text.rstrip()}\n\n{LINES.get(language, LINES['id'])}"
