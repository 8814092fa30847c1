"""Short names that replace Liquid when lists and cards show a text."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

_NAMES: Mapping[str, str | Promise] = {
    "contact.first_name": gettext_lazy("first name"),
    "contact.name": gettext_lazy("name"),
    "shop.name": gettext_lazy("shop"),
    "voucher.code": gettext_lazy("voucher code"),
    "voucher.percent": gettext_lazy("discount"),
    "voucher.until": gettext_lazy("last day"),
    "cart.items": gettext_lazy("cart"),
    "cart.total": gettext_lazy("total"),
    "event.name": gettext_lazy("event"),
    "event.day": gettext_lazy("day of the event"),
    "event.time": gettext_lazy("time"),
    "event.place": gettext_lazy("place"),
}
_VARIABLE = re.compile(r"\{\{-?\s*([\w.]+)\s*(?:\|[^{}]*)?-?\}\}")


def readable(text: str) -> str:
    """Returns a Liquid text with each variable replaced by its short name in brackets."""
    return _VARIABLE.sub(
        lambda match: f"[{_NAMES.get(match[1]) or match[1].rpartition('.')[2].replace('_', ' ')}]", text
    )
