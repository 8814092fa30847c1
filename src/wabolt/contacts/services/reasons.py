"""Why a cell or a row was refused, in the reader's language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.lib.refusal import Refusal

_PHONE: dict[str, Promise] = {
    "empty": _("there is no number"),
    "not_a_phone": _("“{text}” is not a phone number"),
    "masked": _("the number {text} has hidden digits"),
    "rounded": _("a spreadsheet has rounded the number to {text}; format the column as text and export it again"),
    "too_short": _("the number {text} is too short"),
    "too_long": _("the number {text} is too long"),
    "no_area_code": _("the number {text} has no area code"),
    "unknown_country": _("no country has numbers like {text}"),
    "foreign_unclear": _("the number {text} looks foreign; write it with + and the country code"),
    "service_number": _("{text} is a service number, not a person's"),
    "not_assigned": _("no operator has numbers like {text}"),
}
_ROW: dict[str, Promise] = {
    "no_identity": _("there is neither a number nor a code"),
    "two_people": _("the number {phone} and the code {code} belong to two different contacts"),
    "erased": _("this person's data was erased on request"),
    "too_many_cells": _("the row has {cells} cells but the table has {columns} columns"),
    "code_too_long": _("the code is longer than 100 characters"),
    "not_a_date": _("“{text}” is not a date"),
    "no_such_day": _("there is no such day as {text}"),
    "not_a_number": _("“{text}” is not a number"),
    "not_a_choice": _("“{text}” is none of the choices"),
    "not_yes_or_no": _("“{text}” is neither yes nor no"),
    "too_long": _("“{text}…” is too long"),
    "unreadable": _("“{text}” could not be understood"),
}
_MORE: dict[str, Promise] = {}


def register_reasons(reasons: Mapping[str, Promise]) -> None:
    """Teaches the rejected-rows file the codes of another importer: {code: sentence with {params}}."""
    _MORE.update(reasons)


def phone_reason(refusal: Refusal) -> str:
    """The sentence for what `lib.phones` refused."""
    return reason(f"phone_{refusal.code}", {"text": refusal.text})


def reason(code: str, params: Mapping[str, object]) -> str:
    """The sentence for a rejection's `code` and `params`; a code nobody explained shows as itself."""
    sentence = _MORE.get(code) or _ROW.get(code)
    if sentence is None and code.startswith("phone_"):
        sentence = _PHONE.get(code.removeprefix("phone_"))
    if sentence is None:
        return code
    try:
        return str(sentence).format(**{key: str(value)[:80] for key, value in params.items()})
    except (KeyError, IndexError, ValueError):
        return str(sentence)
