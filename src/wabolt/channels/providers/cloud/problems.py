"""Texts for the problems of a number over the Cloud API."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.channels.providers.cloud.errors import GraphError
from wabolt.lib.errors import DomainError
from wabolt.ui.filters import number_id

TIERS = {"TIER_50": 50, "TIER_250": 250, "TIER_1K": 1000, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000}
"""Meta's tiers: people a day that a business may write to first. TIER_UNLIMITED has no number."""
PROBLEMS: dict[str, str | Promise] = {
    "token_expired": _(
        "The access token has expired or was withdrawn. Make a new one in Meta Business and save it here."
    ),
    "permission": _(
        "The token lacks permission. It needs whatsapp_business_messaging and whatsapp_business_management."
    ),
    "number_gone": _(
        "Meta does not know this phone number ID. Copy it from WhatsApp Manager, it is not the number itself."
    ),
    "not_registered": _("The number is not registered for the Cloud API yet. Register it in WhatsApp Manager."),
    "policy": _("Meta has restricted this account. See WhatsApp Manager for what is needed."),
    "waba": _("The number does not belong to this WhatsApp Business account ID."),
    "app_secret": _(
        "The app secret does not match the token. Copy it from the settings of the app that created the token."
    ),
    "seal_broken": _(
        "The stored secrets cannot be read on this machine (the key file is another one). Enter them again."
    ),
    "offline": _("Meta could not be reached. Check this machine's internet connection and try again."),
    "unavailable": _("Meta does not answer properly right now. Try again in a few minutes."),
    "rate_limited": _("Meta asks us to wait. Try again in a few minutes."),
    "payment": _("Meta does not accept messages. Correct the payment method of the account."),
    "display_name": _(
        "Meta has not approved the name of this number yet. See WhatsApp Manager. Sending continues by itself after "
        "the approval."
    ),
    "spam_limit": _("Meta limits this number because people reported its messages. Sending continues by itself later."),
    "rejected": _("Meta refused with its own reason."),
}


def problem_text(word: str) -> str:
    """Returns the text for a word of `errors`; a general text for words that concern single messages."""
    return str(PROBLEMS.get(word, PROBLEMS["rejected"]))


def refusal(error: GraphError) -> DomainError:
    """Returns the error as a DomainError with Meta's detail."""
    text = problem_text(error.reason)
    return DomainError(f"{text} ({error.detail})" if error.message else text, code=error.reason)


QUALITY: dict[str, tuple[str | Promise, str]] = {
    "green": (_("Good"), "good"),
    "yellow": (_("Watch out: people complain"), "warning"),
    "red": (_("Bad: Meta may limit this number"), "bad"),
}


def quality_word(quality: str) -> tuple[str, str] | None:
    """Returns Meta's quality rating as (text, tone); None while there is no rating."""
    found = QUALITY.get(quality)
    return (str(found[0]), found[1]) if found else None


def tier_words(tier: str) -> str:
    """Returns the tier as text; an unknown tier unchanged."""
    if tier == "TIER_UNLIMITED":
        return str(_("no limit"))
    if tier not in TIERS:
        return tier
    return str(_("%(count)s people a day") % {"count": number_id(TIERS[tier])})
