"""The segment fields of commerce."""

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.commerce.segment_fields.carts import cart_fields
from wabolt.commerce.segment_fields.orders import CATEGORIES, PRODUCTS, order_fields
from wabolt.lib.segmentation import FieldGroup, JoinedTable, register_fields, register_lookup, register_table


def register() -> None:
    """Called from `CommerceConfig.ready`."""
    register_table(JoinedTable("p", "commerce_purchasefacts", "p.workspace_id = %s"))
    register_lookup(PRODUCTS)
    register_lookup(CATEGORIES)
    register_fields(FieldGroup("orders", pgettext("segment", "Orders"), 40), *order_fields())
    register_fields(FieldGroup("carts", pgettext("segment", "Carts"), 45), *cart_fields())
