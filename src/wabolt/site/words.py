"""Translations for the terminal without Django, so that the starting process stays small."""

import gettext
import os
from functools import cache
from pathlib import Path

LANGUAGES = ("id", "en")


def language() -> str:
    """Returns ``WABOLT_LANGUAGE``, else the terminal's language if supported, else Indonesian."""
    for name in ("WABOLT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return "id"


def _(text: str) -> str:
    """Returns ``text`` in the terminal's language."""
    return _catalog(language()).gettext(text)


@cache
def _catalog(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", Path(__file__).parent / "locale", [code], fallback=True)
