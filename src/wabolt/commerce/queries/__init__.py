"""Reads of commerce."""

from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Order, Product, PurchaseFacts
from wabolt.commerce.queries.carts import (
    abandoned_total,
    cart_counts,
    cart_settings,
    cart_still_waits,
    carts_of,
    current_carts,
    lines_of,
    noted_cart,
    versions_of,
)
from wabolt.commerce.queries.goods import by_name, find_products, goods, product_names
from wabolt.commerce.queries.vouchers import (
    GIVE_VOUCHER,
    gift_key,
    voucher_values,
    vouchers_by_key,
    vouchers_given,
)

__all__ = [
    "GIVE_VOUCHER",
    "abandoned_total",
    "by_name",
    "cart_counts",
    "cart_settings",
    "cart_still_waits",
    "carts_of",
    "current_carts",
    "facts_of",
    "find_products",
    "gift_key",
    "goods",
    "lines_of",
    "noted_cart",
    "orders_of",
    "product_names",
    "products",
    "versions_of",
    "voucher_values",
    "vouchers_by_key",
    "vouchers_given",
]


def facts_of(workspace: Workspace, contact_id: int) -> PurchaseFacts:
    """Returns the purchase facts of a contact; all are zero for a contact without orders."""
    found = PurchaseFacts.objects.filter(workspace=workspace, contact_id=contact_id).first()
    return found or PurchaseFacts(workspace=workspace, contact_id=contact_id)


def orders_of(workspace: Workspace, contact_id: int) -> QuerySet[Order]:
    """Returns the contact's orders with their lines and products, newest first."""
    orders = Order.objects.filter(workspace=workspace, contact_id=contact_id)
    return orders.prefetch_related("lines__product").order_by("-ordered_at", "-id")


def products(workspace: Workspace) -> QuerySet[Product]:
    return Product.objects.filter(workspace=workspace).order_by("name")
