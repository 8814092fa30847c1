"""The words of the terminal, in the owner's language, without Django: what starts WABolt has to stay small."""

import gettext
import os
from functools import cache
from pathlib import Path

LANGUAGES = ("id", "en")


def language() -> str:
    """``WABOLT_LANGUAGE``, else the terminal's language where we speak it, else Indonesian."""
    for name in ("WABOLT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return "id"


def _(text: str) -> str:
    """``text`` in the terminal's language."""
    return _catalog(language()).gettext(text)


@cache
def _catalog(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", Path(__file__).parent / "locale", [code], fallback=True)
