"""Closes the carts that an order contains. Each writer of orders and of carts calls this module."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import F, Q

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Cart, CartVersion, Order
from wabolt.commerce.rules.carts import NOT_ORDERED, CartFacts, OrderFacts, settlement
from wabolt.lib import clock
from wabolt.lib.advisory import lock_until_commit


@dataclass(frozen=True, slots=True)
class ClosedCart:
    """The cart that an order closed. `recovered`: the cart was abandoned before."""

    id: int
    recovered: bool


def lock_carts(workspace: Workspace) -> None:
    """Locks the lines of carts and orders against all other writers until the transaction ends.

    Without the lock, an order and a concurrent delivery of its cart would not see each other.
    """
    with connection.cursor() as cursor:
        lock_until_commit(cursor, f"commerce.carts:{workspace.pk}")


def settle_carts(workspace: Workspace, contact_ids: Collection[int]) -> dict[int, ClosedCart]:
    """Closes the carts of these contacts that a completed order of the same contact contains, in the caller's
    transaction. Returns them by the id of the order."""
    lock_carts(workspace)
    carts = list(
        Cart.objects.filter(workspace=workspace, contact__in=contact_ids, state__in=NOT_ORDERED)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if not carts:
        return {}
    last_lines = _last_lines(carts)
    facts = {cart.pk: one for cart in carts if (one := _facts(cart, last_lines)) is not None}
    orders = _orders(workspace, carts, min((one.filled_at for one in facts.values()), default=None))
    closed_by_order: dict[int, ClosedCart] = {}
    for cart in carts:
        decided = settlement(facts[cart.pk], orders.get(cart.contact_id, ())) if cart.pk in facts else None
        if decided is not None:
            cart.state, order = decided
            cart.order_id = order.id
            closed_by_order[order.id] = ClosedCart(cart.pk, cart.state == Cart.State.RECOVERED)
    Cart.objects.bulk_update([cart for cart in carts if cart.order_id], ["state", "order"], batch_size=500)
    return closed_by_order


def _last_lines(carts: Collection[Cart]) -> dict[int, tuple[datetime, list[dict[str, Any]]]]:
    """Returns {cart id: time and lines of the last version with lines}."""
    filled = CartVersion.objects.filter(cart__in=carts).exclude(lines=[])
    rows = filled.order_by("cart", "-number").distinct("cart").values_list("cart", "occurred_at", "lines")
    return {cart: (at, lines) for cart, at, lines in rows}


def _facts(cart: Cart, last_lines: dict[int, tuple[datetime, list[dict[str, Any]]]]) -> CartFacts | None:
    if cart.pk not in last_lines:
        return None
    filled_at, lines = last_lines[cart.pk]
    is_empty = cart.state == Cart.State.EMPTIED
    return CartFacts(
        cart.key,
        frozenset(line["sku"] for line in lines if line["sku"]),
        has_free_text=not all(line["sku"] for line in lines),
        filled_at=filled_at if is_empty else max(filled_at, min(cart.source_at, clock.now())),
        emptied_at=cart.changed_at if is_empty else None,
        first_abandoned_at=cart.first_abandoned_at,
    )


def _orders(workspace: Workspace, carts: Collection[Cart], since: datetime | None) -> dict[int, list[OrderFacts]]:
    """Returns by contact the completed orders that can contain one of these carts."""
    if since is None:
        return {}
    day = since.astimezone(workspace.tz).replace(hour=0, minute=0, second=0, microsecond=0)
    orders = Order.objects.filter(
        workspace=workspace, contact__in={cart.contact_id for cart in carts}, state="completed", ordered_at__gte=day
    )
    skus = ArrayAgg("lines__product__sku", filter=Q(lines__isnull=False), default=[])
    found: dict[int, list[OrderFacts]] = {}
    for pk, contact, at, key, codes in orders.annotate(skus=skus, at=F("ordered_at")).values_list(
        "pk", "contact", "at", "cart_key", "skus"
    ):
        found.setdefault(contact, []).append(OrderFacts(pk, at.astimezone(workspace.tz), tuple(codes), key))
    return found
