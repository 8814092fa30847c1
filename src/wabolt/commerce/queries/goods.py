"""Products that a member can put into a cart with one tap."""

from collections.abc import Collection

from django.db import connection
from django.db.models import Q

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Product
from wabolt.commerce.rules.typed_lines import KnownProduct
from wabolt.lib.sql import statement
from wabolt.lib.text import fold

RECENT_ORDERS = 300
MOST_PRODUCTS = 500
_SOLD = statement(__file__, "sold_lately")


def goods(workspace: Workspace) -> list[KnownProduct]:
    """Returns the products of the last RECENT_ORDERS orders, the most frequent first, then the other products with a
    price. A product without a price of its own has the price of its last sale."""
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, {"workspace": workspace.pk, "orders": RECENT_ORDERS})
        sold = [KnownProduct(*row) for row in cursor.fetchall()]
    others = Product.objects.filter(workspace=workspace, price__isnull=False).exclude(sku__in=[one.sku for one in sold])
    listed = others.order_by("name").values_list("sku", "name", "price")[:MOST_PRODUCTS]
    return [*sold, *(KnownProduct(*row) for row in listed)]


def find_products(workspace: Workspace, text: str, most: int) -> list[tuple[str, str]]:
    """Returns (SKU, name) of the first products by name whose name or SKU contains each word of the text."""
    found = Product.objects.filter(workspace=workspace)
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(sku__icontains=word))
    return list(found.order_by("name", "pk").values_list("sku", "name")[:most])


def product_names(workspace: Workspace, skus: Collection[str]) -> dict[str, str]:
    """Returns {SKU: name} of these products."""
    return dict(Product.objects.filter(workspace=workspace, sku__in=skus).values_list("sku", "name"))


def by_name(products: list[KnownProduct]) -> dict[str, KnownProduct]:
    """Returns the products by their name and by their SKU, as `rules.typed_lines.read_lines` looks them up."""
    return {fold(word): product for product in products for word in (product.name, product.sku)}
