"""Decision tables of the rules for carts: deliveries, orders, reminders."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cases import each

from wabolt.commerce.rules.carts import (
    CartFacts,
    KnownCart,
    OrderFacts,
    contains_cart,
    delivery,
    latest_moment,
    obstacle,
    position_of,
    settlement,
    short_list,
)

TEN = datetime(2026, 11, 2, 10, 0, 30, tzinfo=UTC)
SHIRT = [{"sku": "BTK-01", "name": "Kemeja Batik", "quantity": 1, "price": 245_000}]
BAG = [{"sku": "AKS-01", "name": "Tas Rotan", "quantity": 2, "price": 165_000}]
EMPTY: list[dict[str, Any]] = []


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def known(state: str = "open", lines: Any = SHIRT, **more: Any) -> KnownCart:
    return KnownCart(state, (0, TEN), 1, lines, [lines], **more)


@each(
    ("cart", "minutes", "lines", "step"),
    [
        (None, 0, SHIRT, "create"),
        (None, 0, EMPTY, "create"),  # its position keeps an older delivery out
        (known(), 0, SHIRT, "ignore"),
        (known(), -5, BAG, "ignore"),
        (known(), 0, BAG, "change"),
        (known(), 5, SHIRT, "note"),
        (known(), 5, BAG, "change"),
        (known(), 5, EMPTY, "change"),
        (known("abandoned"), 5, SHIRT, "note"),
        (known("abandoned"), 5, BAG, "change"),
        (known("emptied", EMPTY), 5, BAG, "change"),
        (known("emptied", EMPTY), -5, BAG, "ignore"),
        (known("ordered", ordered_at=at(10)), 5, SHIRT, "note"),
        (known("ordered", ordered_at=at(10)), 5, BAG, "change"),
        (known("ordered", ordered_at=at(10)), 11, SHIRT, "create"),
        (known("recovered", ordered_at=at(10)), 11, EMPTY, "note"),
    ],
)
def test_delivery(cart: KnownCart | None, minutes: int, lines: Any, step: str) -> None:
    assert delivery(cart, (0, at(minutes)), 1, lines) == step


def test_version_of_the_source_outranks_its_time() -> None:
    cart = KnownCart("open", (4, at(30)), 1, SHIRT, [SHIRT])
    assert delivery(cart, (5, at(0)), 1, BAG) == "change"
    assert delivery(cart, (3, at(60)), 1, BAG) == "ignore"


def test_the_cart_of_a_visitor_who_is_known_now_gets_a_new_version() -> None:
    assert delivery(known(), (0, at(1)), 2, SHIRT) == "change"


def test_a_clock_far_ahead_is_limited() -> None:
    assert position_of(0, at(5), TEN) == (0, at(5))
    assert position_of(0, at(60 * 24 * 365), TEN) == (0, at(10))


MIDNIGHT = TEN.replace(hour=0, minute=0, second=0)


@each(
    ("ordered_at", "latest"),
    [
        (TEN, TEN),
        (TEN.replace(second=0), TEN.replace(second=0) + timedelta(minutes=1)),
        (MIDNIGHT, MIDNIGHT + timedelta(days=1)),
    ],
)
def test_latest_moment_of_an_order(ordered_at: datetime, latest: datetime) -> None:
    assert latest_moment(ordered_at) == latest


def cart(*skus: str, text: bool = False, **more: Any) -> CartFacts:
    return CartFacts("web:1", frozenset(skus), text, **{"filled_at": TEN, **more})


def order(minutes: float, *skus: str, key: str = "", number: int = 1) -> OrderFacts:
    return OrderFacts(number, at(minutes), skus, key)


@each(
    ("this_order", "this_cart", "taken"),
    [
        (order(5, "A"), cart("A", "B"), True),
        (order(5, "C"), cart("A", "B"), False),
        (order(-5, "A"), cart("A"), False),
        (order(5), cart("A"), True),  # an order without products
        (order(5, "C"), cart(text=True), True),
        (order(5, "C"), cart("A", text=True), True),
        (order(5, "C", key="web:1"), cart("A"), True),
        (order(5, "A", key="web:2"), cart("A"), False),
        (order(5, "A"), cart("A", emptied_at=at(6)), True),  # the shop emptied the cart after the order
        (order(7, "A"), cart("A", emptied_at=at(6)), False),
        (OrderFacts(1, MIDNIGHT, ("A",)), cart("A"), True),  # a file that knows the day only
        (OrderFacts(1, MIDNIGHT - timedelta(days=1), ("A",)), cart("A"), False),
    ],
)
def test_contains_cart(this_order: OrderFacts, this_cart: CartFacts, taken: bool) -> None:
    assert contains_cart(this_order, this_cart) is taken


@each(
    ("abandoned", "orders", "state", "number"),
    [
        (None, [order(5, "A")], "ordered", 1),
        (60, [order(30, "A")], "ordered", 1),
        (60, [order(90, "A")], "recovered", 1),
        (60, [order(60, "A")], "recovered", 1),
        (60, [order(90, "A", number=1), order(40, "A", number=2)], "ordered", 2),
        (60, [order(90, "A", number=3), order(70, "B", number=2)], "recovered", 3),
    ],
)
def test_settlement(abandoned: int | None, orders: list[OrderFacts], state: str, number: int) -> None:
    left = None if abandoned is None else at(abandoned)
    settled = settlement(cart("A", first_abandoned_at=left), orders)
    assert settled is not None
    assert (settled[0], settled[1].id) == (state, number)


def test_cart_without_an_order_is_not_settled() -> None:
    assert settlement(cart("A"), [order(5, "B"), order(-5, "A")]) is None


@each(
    ("state", "version", "is_newest", "reason"),
    [
        ("open", 2, True, None),
        ("abandoned", 2, True, None),
        ("abandoned", 3, True, "newer_version"),
        ("abandoned", 2, False, "newer_cart"),
        ("emptied", 3, False, "emptied"),
        ("ordered", 2, False, "ordered"),
        ("recovered", 2, False, "ordered"),
    ],
)
def test_obstacle_to_a_reminder_about_version_2(state: str, version: int, is_newest: bool, reason: str | None) -> None:
    assert obstacle(state, version, 2, is_newest=is_newest) == reason


def test_short_list() -> None:
    assert short_list(SHIRT + BAG) == "Kemeja Batik, 2× Tas Rotan"
    assert short_list(SHIRT * 5) == "Kemeja Batik, Kemeja Batik, Kemeja Batik, …"
