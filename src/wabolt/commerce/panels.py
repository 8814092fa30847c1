"""Purchases and carts on the page of a contact and in conversations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.commerce import queries
from wabolt.commerce.models import PurchaseFacts
from wabolt.commerce.rules.carts import short_list
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    ExportColumn,
    Panel,
    ValueSearch,
    register_event_kinds,
    register_export_column,
    register_panel,
)
from wabolt.lib import formats
from wabolt.lib.roles import at_least
from wabolt.lib.spreadsheets import Cell

LAST_ORDERS = 5


def purchases(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    workspace = workspace_of(request)
    orders = list(queries.orders_of(workspace, contact.pk)[:LAST_ORDERS])
    return {**worth(request, contact), "orders": orders}


def worth(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Returns the context of the purchases panel."""
    workspace = workspace_of(request)
    return {"facts": queries.facts_of(workspace, contact.pk), "currency": workspace.currency}


def bought(data: Mapping[str, Any]) -> str:
    """Returns the timeline line of an order: its amount and state."""
    words = [str(name) for name in data.get("products") or [data.get("number") or ""]]
    amount = formats.money(int(data.get("total") or 0), data.get("currency") or "IDR", get_language() or "id")
    return " · ".join([amount, ", ".join(words)])[:200]


def cart_line(data: Mapping[str, Any]) -> str:
    """Returns the timeline line of a cart: its total and products, or "emptied"."""
    if not data.get("quantity"):
        return str(_("emptied"))
    amount = formats.money(int(data.get("total") or 0), data.get("currency") or "IDR", get_language() or "id")
    return " · ".join([amount, *([", ".join(map(str, data["products"]))] if data.get("products") else [])])[:200]


def _number(data: Mapping[str, Any]) -> str:
    return str(data.get("number") or "")[:200]


def _code(data: Mapping[str, Any]) -> str:
    return str(data.get("code") or "")[:200]


_TOTAL = EventFact("total", _("Total amount"), is_money=True)
_GOODS = EventFact("skus", _("Product"), search=ValueSearch(queries.find_products, queries.product_names))
_PIECES = EventFact("quantity", _("Pieces"))


def export_cells(workspace: Workspace, contact_ids: Sequence[int]) -> dict[int, tuple[Cell, ...]]:
    """Returns the columns for the export of contacts, by contact id: number of completed orders, their sum in the
    workspace's currency, and the day of the last one."""
    scale = formats.decimals_of(workspace.currency)
    rows = PurchaseFacts.objects.filter(workspace=workspace, contact__in=contact_ids)
    bought = {
        contact: (orders, Decimal(spent).scaleb(-scale) if scale else spent, last)
        for contact, orders, spent, last in rows.values_list("contact", "orders", "spent", "last_order_at")
    }
    return {contact: bought.get(contact, (0, 0, "")) for contact in contact_ids}


def conversation_cart(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    """Returns the waiting cart of a contact, with its buttons, under the conversation."""
    workspace = workspace_of(request)
    may_write = at_least(membership_of(request).role, "agent") and contact.erased_at is None
    cart = queries.current_carts(workspace, [contact.pk]).get(contact.pk)
    if cart is None and not may_write:
        return None
    note_url = reverse("commerce:note_cart", args=[contact.pk])
    return {
        "cart": cart,
        "items": short_list(queries.lines_of([cart])[cart.pk]) if cart else "",
        "may_write": may_write,
        "note_url": f"{note_url}?{urlencode({'next': request.get_full_path()})}",
        "next": request.get_full_path(),
    }


def register_panels() -> None:
    register_event_kinds(
        EventKind("order_completed", _("Bought"), "shopping-bag", "purchases", "good", bought, facts=(_TOTAL, _GOODS)),
        EventKind("order_updated", _("Order changed"), "edit", "purchases", line=_number),
        EventKind("order_cancelled", _("Order cancelled"), "ban", "purchases", "bad", bought, facts=(_TOTAL, _GOODS)),
        EventKind("cart_updated", _("Changed the cart"), "shopping-cart", "purchases", "neutral", cart_line,
                  facts=(_TOTAL, _GOODS, _PIECES)),
        EventKind("cart_abandoned", _("Abandoned the cart"), "shopping-cart-x", "purchases", "warning", cart_line,
                  facts=(_TOTAL, _GOODS, _PIECES)),
        EventKind("voucher_redeemed", _("Used a voucher"), "ticket", "purchases", "good", _code),
    )  # fmt: skip
    register_panel(Panel("worth", _("Orders"), "commerce/contact_head.html", worth, slot="head", order=5))
    register_panel(Panel("purchases", _("Orders"), "commerce/purchases_panel.html", purchases, slot="data", order=30))
    register_panel(
        Panel("cart", _("Cart"), "commerce/conversation_cart.html", conversation_cart, slot="conversation", order=180)
    )
    columns = (_("Number of orders"), _("Total spent"), _("Last order"))
    register_export_column(ExportColumn("purchases", columns, export_cells, order=20))
