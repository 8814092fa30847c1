"""What a contact bought, on the contact's page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wabolt.commerce import queries
from wabolt.contacts.models import Contact
from wabolt.contacts.panels import Panel, register

LAST_ORDERS = 5


def purchases(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    workspace = request.workspace  # type: ignore[attr-defined]
    orders = list(queries.orders_of(workspace, contact.pk)[:LAST_ORDERS])
    return {"facts": queries.facts_of(workspace, contact.pk), "orders": orders, "currency": workspace.currency}


def register_panels() -> None:
    register(Panel("purchases", _("Orders"), "commerce/purchases_panel.html", purchases, place="data", order=30))
