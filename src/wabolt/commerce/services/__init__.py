"""Writes of commerce."""

from .orders import NewLine, NewOrder, RecordedOrders, record_orders
from .vouchers import issue_vouchers

__all__ = ["NewLine", "NewOrder", "RecordedOrders", "issue_vouchers", "record_orders"]
