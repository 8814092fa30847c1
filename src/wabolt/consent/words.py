"""Texts for the codes of the ledger."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.lib import formats

SOURCES: dict[str, str | Promise] = {
    "import": _("Imported file"),
    "start_word": _("Wrote a join word"),
    "stop_word": _("Wrote a stop word"),
    "vendor_switch": _("Switched promotions off in WhatsApp"),
    "form": _("Filled in a form"),
    "entry_point": _("Joined by a message with a code"),
    "privacy_request": _("Requested it as a legal right"),
    "member": _("Recorded by the team"),
    "restore": _("Kept while restoring a backup"),
    "erasure": _("The contact's data was deleted"),
    "merge": _("Merged with another contact, or undone"),
    "number_changed": _("Changed the WhatsApp number"),
    "demo": _("Demo shop"),
}
PLACES: dict[str, str | Promise] = {
    "shop": _("In the shop"),
    "chat": _("In a WhatsApp chat"),
    "phone": _("On the phone"),
    "paper": _("On a paper form"),
    "event": _("At a bazaar or event"),
    "online": _("On a marketplace or social media"),
}
_EVIDENCE: dict[str, str | Promise] = {
    "statement": _("How and where"),
    "place": _("Place"),
    "placement": _("Place"),
    "agreed_on": _("Agreed on"),
    "import": _("Import"),
    "row": _("Row"),
    "message": _("Message"),
    "keyword": _("Word"),
    "page": _("Page"),
    "ip": _("Internet address"),
    "contact": _("Contact"),
    "text": _("First words"),
    "channel": _("WhatsApp number"),
    "entry_point": _("Way in"),
    "code": _("Code"),
    "form": _("Form filled in"),
    "offer": _("Offer in the chat"),
    "told_by": _("Reported by"),
    "detail": _("Detail"),
    "raw_event": _("Event from WhatsApp"),
}
_REPORTERS: dict[str, str | Promise] = {
    "cloud": _("Meta's Cloud API"),
    "linked": _("Linked WhatsApp"),
    "simulator": "Simulator",
}


def source_word(source: str) -> str:
    """Returns the source of an entry in the reader's language; an unknown source as it is stored."""
    return str(SOURCES.get(source, source.replace("_", " ")))


def evidence_words(
    evidence: Mapping[str, Any], language: str, names: Mapping[str, Mapping[int, str]]
) -> list[tuple[str, str]]:
    """Evidence as (label, value), known keys first. No item is left out.

    `names`: the result of `registry.evidence_names`. A row that no longer exists is named by its number.
    """
    order = list(_EVIDENCE)
    keys = sorted(evidence, key=lambda key: (order.index(key) if key in order else len(order), key))
    return [(str(_EVIDENCE.get(key, key)), _value(key, evidence[key], language, names)) for key in keys]


def _value(key: str, value: Any, language: str, names: Mapping[str, Mapping[int, str]]) -> str:
    if key == "place" and value in PLACES:
        return str(PLACES[value])
    if key == "agreed_on":
        try:
            return formats.short_date(date.fromisoformat(value), lang=language)
        except (TypeError, ValueError):
            return str(value)
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    if key == "told_by":
        return str(_REPORTERS.get(str(value), value))
    if key in names and isinstance(value, int):
        gone = _("deleted since (its number was %(number)s)") % {"number": value}
        return names[key].get(value) or str(gone)
    return str(value)
