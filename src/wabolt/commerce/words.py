"""The words for states of carts, and sentences about typed ones."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from wabolt.commerce.rules.typed_lines import MOST_LINES
from wabolt.lib.refusal import Refusal
from wabolt.ui.states import Tone, register_state

_STATES: dict[str, tuple[str | Promise, Tone]] = {
    "open": (pgettext_lazy("cart", "Being filled"), "info"),
    "abandoned": (pgettext_lazy("cart", "Abandoned"), "warning"),
    "recovered": (pgettext_lazy("cart", "Came back and ordered"), "good"),
    "ordered": (pgettext_lazy("cart", "Ordered"), "good"),
    "emptied": (pgettext_lazy("cart", "Emptied"), "neutral"),
}


def register_states() -> None:
    """Registers the badges `cart_<state>`. Called from `CommerceConfig.ready`."""
    for state, (label, tone) in _STATES.items():
        register_state(f"cart_{state}", label, tone)


def state_word(state: str) -> str:
    """Returns the word for a state of a cart."""
    return str(_STATES[state][0])


def refused_line(refusal: Refusal) -> str:
    """Returns the error text for a line that could not be read."""
    match refusal.code:
        case "empty":
            return _("Tap a product or type what is in the cart.")
        case "too_many":
            return _("At most %(most)s lines.") % {"most": MOST_LINES}
        case "too_long":
            return _("This is too long.")
        case "no_name":
            return _("“%(line)s”: write the name of the product, too.") % {"line": refusal.text}
        case "unclear_price":
            return _("“%(line)s”: is this the price? Write 150rb or 150.000.") % {"line": refusal.text}
    return _("“%(line)s”: write the price, too, for example 150rb.") % {"line": refusal.text}
