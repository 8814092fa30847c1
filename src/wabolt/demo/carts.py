"""Four months of carts of the demo shop: most became orders of the data, some were left or emptied."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Cart
from wabolt.commerce.services import CartLine, CartUpdate, IdleCarts, abandon_idle_carts, update_carts
from wabolt.contacts.models import Identity
from wabolt.demo import shop
from wabolt.lib import clock

AGE = timedelta(days=120)
SOURCE = "web"
LEFT_AFTER = timedelta(minutes=61)


@dataclass(frozen=True, slots=True)
class _Bought:
    """An order of the data: the phone of its customer, its time and its lines."""

    number: str
    phone: str
    at: datetime
    lines: tuple[CartLine, ...]


def plan_carts(workspace: Workspace, orders: bytes) -> tuple[list[CartUpdate], list[CartUpdate]]:
    """The carts of the last AGE: those that were left for a while, and those that became an order at once. `orders`:
    the file whose orders are imported between the two; they take their carts."""
    dice, now = random.Random(1945), clock.now()  # noqa: S311 - the same carts each time
    bought = [order for order in _read(orders) if order.at > now - AGE]
    chosen = dice.sample(bought, len(bought) // shop.ORDERS_PER_CART)
    times = defaultdict(list)
    for order in bought:
        times[order.phone].append(order.at)
    phones = {order.phone for order in chosen}
    identities = Identity.objects.filter(workspace=workspace, kind=Identity.Kind.PHONE, value__in=phones)
    owners = dict(identities.values_list("value", "contact"))
    left: list[CartUpdate] = []
    ordered: list[CartUpdate] = []
    for order in chosen:
        if order.phone in owners:
            story, is_left = _story(dice, order, owners[order.phone])
            if not (is_left and _buys_soon(story, times[order.phone])):
                (left if is_left else ordered).extend(story)
    return left, ordered


def _buys_soon(story: Sequence[CartUpdate], orders: Sequence[datetime]) -> bool:
    """Whether another order of the customer comes before a cart would be marked as left, and so takes the cart."""
    return any(update.occurred_at < at <= update.occurred_at + LEFT_AFTER for update in story for at in orders)


def fill_carts(workspace: Workspace, updates: Sequence[CartUpdate]) -> None:
    """Delivers the carts, marks each one that was left at its time, and then delivers what came later to them."""
    ordered = sorted(updates, key=lambda update: update.occurred_at)
    first = {update.key: update for update in reversed(ordered)}
    update_carts(workspace=workspace, updates=list(first.values()))
    filled = Cart.objects.filter(workspace=workspace, key__in=first, state=Cart.State.OPEN)
    for at in sorted({at + LEFT_AFTER for at in filled.values_list("changed_at", flat=True)}):
        if at <= clock.now():
            with clock.hold(at):
                abandon_idle_carts(IdleCarts())
    update_carts(workspace=workspace, updates=[update for update in ordered if first[update.key] is not update])


def _read(orders: bytes) -> Iterator[_Bought]:
    """The orders of the file. Prices are those of one piece."""
    rows = defaultdict(list)
    for line in orders.decode().splitlines()[1:]:
        number, _code, phone, at, sku, name, _category, quantity, total = line.split(",")
        rows[number, phone, at].append(CartLine(sku, name, int(quantity), int(total) // max(1, int(quantity))))
    for (number, phone, at), lines in rows.items():
        yield _Bought(number, phone, datetime.fromisoformat(at), tuple(lines))


def _story(dice: random.Random, order: _Bought, contact: int) -> tuple[list[CartUpdate], bool]:
    """A cart around an order, and whether it was left for a while: it was filled minutes before the order, a day or two
    before it, or with other goods that stay or are taken out."""
    fate, key = dice.random(), f"{SOURCE}:{order.number}"
    url = f"{shop.SHOP_URL}/keranjang/{order.number.lower()}"

    def update_at(before: timedelta, lines: tuple[CartLine, ...]) -> CartUpdate:
        return CartUpdate(contact, key, order.at - before, lines, source=SOURCE, url=url)

    minutes = timedelta(minutes=dice.randint(8, 45))
    if fate < 0.45:
        return [update_at(minutes, order.lines)], False
    if fate < 0.65:
        return [update_at(timedelta(hours=dice.randint(20, 60)) + minutes, order.lines)], True
    sku, name, price = dice.choice(shop.CART_GOODS)
    goods = (CartLine(sku, name, dice.choice((1, 1, 2)), price),)
    left = update_at(timedelta(days=dice.randint(1, 6)) + minutes, goods)
    return [left] if fate < 0.92 else [left, update_at(timedelta(hours=20) + minutes, ())], True
