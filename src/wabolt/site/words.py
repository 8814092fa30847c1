"""The words of the terminal, in the owner's language, without Django: what starts WABolt has to stay small."""

import gettext
import os
from pathlib import Path

LANGUAGES = ("id", "en")


def language() -> str:
    """``WABOLT_LANGUAGE``, else the terminal's language where we speak it, else Indonesian."""
    for name in ("WABOLT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return "id"


_ = gettext.translation(
    "django", localedir=Path(__file__).parent / "locale", languages=[language()], fallback=True
).gettext
