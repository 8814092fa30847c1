"""Events of carts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import CartVersion
from wabolt.contacts.services import NewEvent, record_events


def record_cart_events(
    *, workspace: Workspace, kind: str, versions: Iterable[CartVersion], at: datetime | None = None
) -> None:
    """Writes an event of this kind for each version, in the caller's transaction. `at`: None for the time of the
    version."""
    events = [NewEvent(one.contact_id, kind, at or one.occurred_at, cart_data(one)) for one in versions]
    record_events(workspace=workspace, events=events)


def cart_data(version: CartVersion) -> dict[str, Any]:
    """Returns the data of an event: the cart, its version, `total` in the smallest unit, the number of pieces and the
    products.

    Free text of members is left out.
    """
    return {
        "cart": version.cart_id,
        "version": version.number,
        "source": version.cart.source,
        "total": version.total,
        "currency": version.cart.currency,
        "quantity": sum(line["quantity"] for line in version.lines),
        "products": [line["name"] for line in version.lines if line["sku"]],
        "skus": [line["sku"] for line in version.lines if line["sku"]],
    }
