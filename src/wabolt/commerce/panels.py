"""What a contact bought, on the contact's page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.queries import workspace_of
from wabolt.commerce import queries
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import EventKind, Panel, register_event_kinds, register_panel
from wabolt.lib import formats

LAST_ORDERS = 5


def purchases(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    workspace = workspace_of(request)
    orders = list(queries.orders_of(workspace, contact.pk)[:LAST_ORDERS])
    return {**worth(request, contact), "orders": orders}


def worth(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What somebody has bought in all."""
    workspace = workspace_of(request)
    return {"facts": queries.facts_of(workspace, contact.pk), "currency": workspace.currency}


def bought(data: Mapping[str, Any]) -> str:
    """An order on the timeline: what it cost and what it was."""
    words = [str(name) for name in data.get("products") or [data.get("number") or ""]]
    amount = formats.money(int(data.get("total") or 0), data.get("currency") or "IDR", get_language() or "id")
    return " · ".join([amount, ", ".join(words)])[:200]


def _code(data: Mapping[str, Any]) -> str:
    return str(data.get("code") or "")[:200]


def register_panels() -> None:
    register_event_kinds(
        EventKind("order_completed", _("Bought"), "shopping-bag", "purchases", "good", bought),
        EventKind("order_cancelled", _("Order cancelled"), "ban", "purchases", "bad", bought),
        EventKind("voucher_redeemed", _("Used a voucher"), "ticket", "purchases", "good", _code),
    )
    register_panel(Panel("worth", _("Orders"), "commerce/contact_head.html", worth, place="head", order=5))
    register_panel(Panel("purchases", _("Orders"), "commerce/purchases_panel.html", purchases, place="data", order=30))
