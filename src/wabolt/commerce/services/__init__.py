"""Writes of commerce."""

from .abandoning import abandon_idle_carts
from .carts import CartLine, CartUpdate, update_cart, update_carts
from .orders import NewLine, NewOrder, RecordedOrders, record_orders
from .vouchers import VoucherCampaign, give_vouchers, issue_vouchers

__all__ = [
    "CartLine",
    "CartUpdate",
    "NewLine",
    "NewOrder",
    "RecordedOrders",
    "VoucherCampaign",
    "abandon_idle_carts",
    "give_vouchers",
    "issue_vouchers",
    "record_orders",
    "update_cart",
    "update_carts",
]
