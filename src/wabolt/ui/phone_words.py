"""Messages for invalid phone numbers, for every form and for the rows of an import."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.lib.refusal import Refusal

REFUSALS: dict[str, Promise] = {
    "empty": gettext_lazy("there is no number"),
    "not_a_phone": gettext_lazy("“{text}” is not a phone number"),
    "letters": gettext_lazy("there are letters between the digits of “{text}”; write digits only"),
    "decimals": gettext_lazy(
        "the number “{text}” has decimals, so its last digits are not certain; format the column as text and type the"
        " number again"
    ),
    "masked": gettext_lazy("digits of “{text}” are hidden; write the whole number"),
    "rounded": gettext_lazy(
        "Excel has rounded the number to “{text}”; format the column as text in Excel and type the number again"
    ),
    "too_short": gettext_lazy("the number “{text}” is too short"),
    "too_long": gettext_lazy("the number “{text}” is too long"),
    "no_area_code": gettext_lazy("“{text}” is a landline without its area code; write it in front, for example 021"),
    "unknown_country": gettext_lazy(
        "the country code of “{text}” does not exist; an Indonesian number starts with +62 or 08"
    ),
    "foreign_unclear": gettext_lazy("the number “{text}” looks foreign; write it with + and the country code"),
    "service_number": gettext_lazy("“{text}” is a service line such as a call centre, not a person's number"),
    "not_assigned": gettext_lazy("no phone has the number “{text}”; check its digits"),
}
"""Codes of `lib.phones`, each as part of a sentence with `{text}` for the input."""


def phone_error(refusal: Refusal) -> str:
    """Returns the message for a form: the error, and an example of a valid number."""
    words = str(REFUSALS[refusal.code]).format(text=refusal.text[:40])
    example = _("Example: %(number)s.") % {"number": "0812 3456 7890"}
    return f"{words[0].upper()}{words[1:]}. {example}"
