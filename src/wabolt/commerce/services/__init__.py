"""Writes of commerce."""

from .abandoning import IdleCarts, abandon_idle_carts
from .carts import CartLine, CartUpdate, update_cart, update_carts
from .noting import empty_cart, note_cart, order_cart, save_cart_settings
from .orders import NewLine, NewOrder, RecordedOrders, record_orders
from .restoring import carry_vouchers
from .vouchers import VoucherCampaign, give_vouchers, issue_vouchers

__all__ = [
    "CartLine",
    "CartUpdate",
    "IdleCarts",
    "NewLine",
    "NewOrder",
    "RecordedOrders",
    "VoucherCampaign",
    "abandon_idle_carts",
    "carry_vouchers",
    "empty_cart",
    "give_vouchers",
    "issue_vouchers",
    "note_cart",
    "order_cart",
    "record_orders",
    "save_cart_settings",
    "update_cart",
    "update_carts",
]
