"""The reasons why a cell or row of a contact import was refused, in words. `contacts/importing.py` registers them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.ui.phone_words import REFUSALS

_ROW: dict[str, Promise] = {
    "no_identity": _("both the phone number and the customer code are empty"),
    "no_number": _("instead of a phone number it says “{text}”"),
    "two_people": _(
        "the number {phone} and the customer code {code} belong to two different contacts; merge them first"
    ),
    "erased": _("this person's data was erased on request"),
    "code_too_long": _("the customer code is longer than 100 characters"),
    "code_rounded": _(
        "Excel has rounded the customer code to “{text}”; format the column as text in Excel and type the code again"
    ),
    "not_a_date": _("“{text}” is not a date"),
    "no_such_day": _("there is no such day as {text}"),
    "not_a_number": _("“{text}” is not a number"),
    "not_a_choice": _("“{text}” is not one of the choices"),
    "not_yes_or_no": _("“{text}” is neither yes nor no"),
    "too_long": _("“{text}…” is too long"),
    "unreadable": _("“{text}” could not be read"),
}
TITLES: dict[str, Promise] = {
    "phone_empty": _("No phone number"),
    "no_number": _("A word instead of a phone number"),
    "phone_not_a_phone": _("Not a phone number"),
    "phone_letters": _("Number with letters"),
    "phone_decimals": _("Number with decimals"),
    "phone_masked": _("Number with hidden digits"),
    "phone_rounded": _("Number rounded by Excel"),
    "phone_too_short": _("Number too short"),
    "phone_too_long": _("Number too long"),
    "phone_no_area_code": _("Landline without area code"),
    "phone_unknown_country": _("Country code that does not exist"),
    "phone_foreign_unclear": _("Foreign number without +"),
    "phone_service_number": _("Service line, not a person"),
    "phone_not_assigned": _("Number that no phone has"),
    "no_identity": _("Neither phone number nor customer code"),
    "two_people": _("Number and customer code of two different contacts"),
    "erased": _("Erased on request"),
    "code_too_long": _("Customer code too long"),
    "code_rounded": _("Customer code rounded by Excel"),
    "several_numbers": _("only one of several numbers was stored: the first mobile number"),
    "shared": _("skipped, because people with different numbers share it"),
    "not_a_date": _("not a date"),
    "no_such_day": _("no such day"),
    "no_year": _("the year is missing"),
    "no_day": _("the day is missing"),
    "unclear": _("can be read in two ways"),
    "too_early": _("too long ago"),
    "too_late": _("in the future"),
    "not_a_number": _("not a number"),
    "not_a_choice": _("not one of the choices"),
    "not_yes_or_no": _("neither yes nor no"),
    "too_long": _("too long"),
    "unreadable": _("could not be read"),
}


REASONS: dict[str, Promise] = _ROW | {f"phone_{code}": words for code, words in REFUSALS.items()}
