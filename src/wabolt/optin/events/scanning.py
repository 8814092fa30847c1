"""Reads the QR codes that the camera at the door sees."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from wabolt.optin.rules.codes import ENTRY_LENGTH, is_code


@dataclass(frozen=True, slots=True)
class Scanned:
    """A ticket out of a QR code. `slug`: of the event's page; "" if the code holds the ticket alone."""

    ticket: str
    slug: str = ""


def scanned_ticket(text: str) -> Scanned | None:
    """The ticket in the text of a QR code: the address of a ticket on any host, or "#TICKET"; None for other codes."""
    found = _address(text.strip()) or Scanned(text.strip().removeprefix("#").upper())
    return found if len(found.ticket) == ENTRY_LENGTH and is_code(found.ticket) else None


def _address(text: str) -> Scanned | None:
    try:
        path = urlsplit(text).path
        match = resolve(path if path.endswith("/") else f"{path}/")
    except (ValueError, Resolver404):
        return None
    is_ticket = match.view_name == "optin:ticket"
    return Scanned(match.kwargs["ticket"], match.kwargs["slug"]) if is_ticket else None
