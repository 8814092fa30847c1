"""Translations for the terminal without Django, so that the starting process stays small."""

import gettext
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

LANGUAGES = ("id", "en")
_LOCALES = Path(__file__).parent / "locale"


def language() -> str:
    """Returns ``WABOLT_LANGUAGE``, else the terminal's language if supported, else Indonesian."""
    for name in ("WABOLT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return "id"


def _(text: str) -> str:
    """Returns ``text`` in the terminal's language."""
    return _catalog(language(), _LOCALES).gettext(text)


def of_room(room: str) -> Callable[[str], str]:
    """Returns the translation of a room's texts into the terminal's language."""
    return _catalog(language(), _LOCALES.parents[1] / room / "locale").gettext


def translate_click() -> None:
    """Makes click speak the terminal's language: usage, prompts and errors of arguments.

    click translates its texts with the default domain of gettext, which reads the language from the environment.
    """
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain("django", _LOCALES)
    gettext.textdomain("django")


@cache
def _catalog(code: str, locales: Path) -> gettext.NullTranslations:
    return gettext.translation("django", locales, [code], fallback=True)
