"""Texts as lists and cards show them: short names in place of Liquid."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

_NAMES: Mapping[str, str | Promise] = {
    "contact.first_name": gettext_lazy("first name"),
    "contact.name": gettext_lazy("name"),
    "shop.name": gettext_lazy("shop"),
    "voucher.code": gettext_lazy("voucher code"),
}
_VARIABLE = re.compile(r"\{\{-?\s*([\w.]+)\s*(?:\|[^{}]*)?-?\}\}")


def readable(text: str) -> str:
    """A Liquid text for people: a variable is its short name in brackets."""
    return _VARIABLE.sub(
        lambda match: f"[{_NAMES.get(match[1]) or match[1].rpartition('.')[2].replace('_', ' ')}]", text
    )
