"""The default texts that people agree to. A shop can write its own."""

from django.utils.translation import gettext as _


def default_greeting(shop: str) -> str:
    """The customer's first message before its code, in the active language, with at most 120 letters."""
    return (_("Hello %(shop)s, I want to join.") % {"shop": shop})[:120]


def default_wording(purpose: str, shop: str) -> str:
    """The text for "marketing" or "service", in the active language: who writes, what, how often, and how to stop."""
    if purpose == "service":
        return _("%(shop)s may send me messages about my orders and registrations over WhatsApp.") % {"shop": shop}
    return _(
        "I want news and offers from %(shop)s over WhatsApp, at most three messages a week."
        " I can stop at any time by replying STOP."
    ) % {"shop": shop}


def asking_text(shop: str, wording: str) -> str:
    """The question to the owner of a typed number whether they agree to `wording`, in the active language."""
    return _(
        "Somebody filled in the form of %(shop)s with this number. If it was you, please agree to this: “%(wording)s”"
        " Reply YES. If it was not you, ignore this message: we will not write again."
    ) % {"shop": shop, "wording": wording}
