"""Orders and carts for tests of every room."""

from datetime import UTC, datetime

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Cart
from wabolt.commerce.services import CartLine, CartUpdate, NewLine, NewOrder, record_orders, update_cart
from wabolt.contacts.models import Contact
from wabolt.lib import clock

ORDERED_AT = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)


def new_order(contact_id: int, number: str = "GN-1", total: int = 150_000, **fields: object) -> NewOrder:
    """An order of one batik shirt unless `lines` says otherwise."""
    fields.setdefault("lines", (NewLine("BTK-01", "Kemeja Batik Parang", "batik", 1, total),))
    fields.setdefault("ordered_at", ORDERED_AT)
    return NewOrder(contact_id=contact_id, number=number, **fields)  # type: ignore[arg-type]


def make_cart(contact: Contact, *lines: CartLine, key: str = "web:1", **fields: object) -> Cart:
    """A cart that was filled just now; of one gamis unless `lines` say otherwise."""
    fields.setdefault("occurred_at", clock.now())
    content = lines or (CartLine(name="Gamis Katun", price=225_000),)
    update = CartUpdate(contact.pk, key, lines=content, **fields)  # type: ignore[arg-type]
    cart = update_cart(workspace=contact.workspace, update=update)
    assert cart is not None
    return cart


def make_order(workspace: Workspace, contact_id: int, number: str = "GN-1", **fields: object) -> None:
    record_orders(workspace=workspace, orders=[new_order(contact_id, number, **fields)])  # type: ignore[arg-type]
