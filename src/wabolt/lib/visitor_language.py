"""The language that a visitor's browser asks for."""

from functools import lru_cache

from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

LONGEST = 500
"""Characters of a header that are read; longer ones come from programs."""


def asked_language(header: str) -> str:
    """The first language of an Accept-Language header that we have: "id" or "en"; "" if there is none."""
    return _asked(header[:LONGEST])


@lru_cache(maxsize=256)
def _asked(header: str) -> str:
    for wanted, _quality in parse_accept_lang_header(header):
        try:
            return str(get_supported_language_variant(wanted))
        except LookupError:
            continue
    return ""
