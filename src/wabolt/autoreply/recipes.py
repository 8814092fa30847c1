"""Rules to start from. Their texts are examples that an owner completes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Recipe:
    """A rule to start from. `words`: the words that customers write, separated by commas."""

    key: str
    label: str | Promise
    icon: str
    words: str | Promise
    text: str | Promise


RECIPES = (
    Recipe(
        "info", _("Information"), "info-circle", _("info, information, catalogue"),
        _("Hi {{ contact.first_name }}! Here is what we have: …\nAsk us anything."),
    ),
    Recipe(
        "price", _("Prices"), "receipt", _("price, price list, how much"),
        _("Our prices, {{ contact.first_name }}: …\nWhich one may we keep for you?"),
    ),
    Recipe(
        "hours", _("Opening hours and address"), "clock", _("opening hours, what time, address, where"),
        _("We are open every day from 08.00 to 20.00, at …"),
    ),
    Recipe(
        "delivery", _("Delivery and payment"), "send", _("delivery, shipping cost, pay, transfer, COD"),
        _("We deliver everywhere. Tell us your district, and we count the cost for you."),
    ),
    Recipe(
        "how", _("How to order"), "shopping-bag", _("order, how to order, buy"),
        _("Easy! Write the name of the item, the size and your address here, and we make the order."),
    ),
)  # fmt: skip
