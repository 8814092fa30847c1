"""Decisions about carts: which delivery counts, which order closes a cart, and whether a cart still waits."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

WAITING = frozenset({"open", "abandoned"})
"""The states of a cart that waits for an order."""
NOT_ORDERED = WAITING | {"emptied"}
CHAT = "chat"
"""`Cart.source` of carts that members note, and `Order.source` of the orders that close them."""
CLOCK_AHEAD = timedelta(minutes=10)
"""Tolerated lead of a source's clock. Within it, the times of the source decide the order of its deliveries."""

Lines = Sequence[dict[str, Any]]
Position = tuple[int, datetime]
"""The version that the source gives (0 without one) and the time of the change. A higher position is newer."""
Step = Literal["ignore", "note", "create", "change"]


@dataclass(frozen=True, slots=True)
class KnownCart:
    """The newest cart with a key. `seen`: the lines of all its versions. `ordered_at`: time of the order that closed
    it."""

    state: str
    position: Position
    contact_id: int
    lines: Lines
    seen: Sequence[Lines] = ()
    ordered_at: datetime | None = None


def position_of(version: int, occurred_at: datetime, now: datetime) -> Position:
    """Returns the position of a delivery. A time in the future is limited to `now` plus `CLOCK_AHEAD`, so that later
    deliveries count after the source has corrected its clock."""
    return version, min(occurred_at, now + CLOCK_AHEAD)


def delivery(known: KnownCart | None, position: Position, contact_id: int, lines: Lines) -> Step:
    """Returns the effect of a delivery of a source.

    "ignore": it is a duplicate or older than the known cart. "note": it is newer and changes no line, so that only its
    position is stored. "create": it begins a new cart. "change": it makes a new version, which has no lines if the
    customer emptied the cart. After "change" the caller compares the cart with the orders again, because a late
    delivery can describe the cart right before its order.

    The result does not depend on the order in which deliveries and orders arrive, with one exception: of two deliveries
    with the same position, the one that arrives later counts unless it repeats known lines.
    """
    if known is None:
        return "create"
    if position < known.position or (position == known.position and lines in (known.lines, *known.seen)):
        return "ignore"
    is_ordered = known.state not in NOT_ORDERED
    if is_ordered and (known.ordered_at is None or position[1] > known.ordered_at):
        # Web shops empty the cart after its order.
        return "create" if lines else "note"
    return "note" if (lines, contact_id) == (known.lines, known.contact_id) else "change"


def latest_moment(ordered_at: datetime) -> datetime:
    """Returns the latest possible time of an order with this local time. Files give whole minutes, or midnight for a
    day without a time."""
    if ordered_at.second or ordered_at.microsecond:
        return ordered_at
    if ordered_at.hour or ordered_at.minute:
        return ordered_at + timedelta(minutes=1)
    return ordered_at + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CartFacts:
    """A cart without an order.

    `skus`: the products of its last lines. `has_free_text`: whether a line is no known product. `filled_at`: when the
    source last reported these lines. `emptied_at`: when they were removed, or None.
    """

    key: str
    skus: Collection[str]
    has_free_text: bool
    filled_at: datetime
    emptied_at: datetime | None = None
    first_abandoned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """A completed order of the same contact. `ordered_at`: in the shop's time zone. `cart_key`: key of the cart that
    the shop names, or ""."""

    id: int
    ordered_at: datetime
    skus: Collection[str] = ()
    cart_key: str = ""

    @property
    def at(self) -> datetime:
        """The latest possible time of the order."""
        return latest_moment(self.ordered_at)


def contains_cart(order: OrderFacts, cart: CartFacts) -> bool:
    """Whether the order contains the cart.

    If the order names a cart, only that cart matches. Otherwise one common product is enough. Lines that cannot be
    compared (free text, an order without products) match, because a reminder after an order is worse than none.
    """
    if order.at < cart.filled_at or (cart.emptied_at is not None and order.ordered_at > cart.emptied_at):
        return False
    if order.cart_key:
        return order.cart_key == cart.key
    if not order.skus or cart.has_free_text:
        return True
    return not set(order.skus).isdisjoint(cart.skus)


def settlement(cart: CartFacts, orders: Iterable[OrderFacts]) -> tuple[str, OrderFacts] | None:
    """Returns the state of the cart after these orders, and the order that closed it; None if none did.

    "recovered": the cart was abandoned before the order. "ordered": it was not.
    """
    containing = sorted(
        (order for order in orders if contains_cart(order, cart)), key=lambda order: (order.ordered_at, order.id)
    )
    if not containing:
        return None
    taken = containing[0]
    was_abandoned = cart.first_abandoned_at is not None and cart.first_abandoned_at <= taken.at
    return ("recovered" if was_abandoned else "ordered"), taken


Obstacle = Literal["gone", "ordered", "emptied", "newer_version", "newer_cart"]


def obstacle(state: str, version: int, awaited: int, *, is_newest: bool) -> Obstacle | None:
    """Returns why a reminder about version `awaited` of a cart must not be sent; None if the cart still waits.

    "newer_cart": the contact has another waiting cart that was changed later, so the reminder belongs to that one.
    """
    if state == "emptied":
        return "emptied"
    if state not in WAITING:
        return "ordered"
    if version != awaited:
        return "newer_version"
    return None if is_newest else "newer_cart"


SHOWN = 3
"""Number of cart lines in a text."""


def short_list(lines: Lines, more: str = "…") -> str:
    """Returns the lines of a cart in one line of text: "2× Kemeja Batik, Tas Rotan, …"."""
    named = [f"{line['quantity']}× {line['name']}" if line["quantity"] > 1 else line["name"] for line in lines]
    return ", ".join([*named[:SHOWN], *([more] if len(named) > SHOWN else [])])
