"""The button under a conversation that offers the list to the customer."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.contacts.models import Contact
from wabolt.lib.roles import at_least
from wabolt.messaging.queries import shown_channel
from wabolt.optin import queries


def offer_panel(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    """Whether the list can be offered now, and the address of the button. None if there is nothing to say."""
    may_write = at_least(membership_of(request).role, "agent") and contact.erased_at is None
    refusal = queries.refusal_of(workspace_of(request), contact) if may_write else "role"
    if refusal not in {None, "offered"}:
        return None
    shown = shown_channel(request, contact)
    return {
        "is_offered": refusal == "offered",
        "may_offer": refusal is None,
        "url": reverse("optin:offer", args=[contact.pk]),
        "next": request.get_full_path(),
        "number": shown.pk if shown is not None else "",
    }
