"""Writes carts: deliveries of web shops, of the website snippet and of simulated phones, and notes of members."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.commerce.models import Cart, CartVersion, Product
from wabolt.commerce.rules.carts import KnownCart, delivery, position_of
from wabolt.commerce.services.cart_events import record_cart_events
from wabolt.commerce.services.settling import lock_carts, settle_carts
from wabolt.contacts.services import hold_contacts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.money import LARGEST
from wabolt.lib.text import storable

MOST_LINES = 200
MOST_PIECES = 1_000_000
REMEMBERED = 20
"""Number of versions of a cart that are compared with a delivery to find duplicates."""
_is_address = URLValidator(schemes=["http", "https"])
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart: a product of the shop by its `sku`, or free text in `name`. `price`: price of one piece in
    the smallest unit of the workspace's currency. For a known product, an empty name and a missing price (None) are
    looked up."""

    sku: str = ""
    name: str = ""
    quantity: int = 1
    price: int | None = None


@dataclass(frozen=True, slots=True)
class CartUpdate:
    """The whole content of a cart at one moment.

    `key`: the source's own name of the cart. `occurred_at`: when the customer changed it. `version`: a number of the
    source that grows with each change, 0 without one; it outranks `occurred_at`. An emptied cart has no `lines`.
    `source`: code of the source, such as "woocommerce". `url`: the page on which the customer sees the cart again.
    """

    contact_id: int
    key: str
    occurred_at: datetime
    lines: tuple[CartLine, ...] = ()
    version: int = 0
    source: str = ""
    url: str = ""
    by: User | None = None


def update_cart(*, workspace: Workspace, update: CartUpdate) -> Cart | None:
    """`update_carts` for one cart. Returns the newest cart with this key, None if there is none."""
    return update_carts(workspace=workspace, updates=[update])[0]


@dataclass(slots=True)
class _StoredCart:
    """A cart and its facts for `rules.carts.delivery`."""

    cart: Cart
    known: KnownCart


@transaction.atomic
def update_carts(*, workspace: Workspace, updates: Sequence[CartUpdate]) -> list[Cart | None]:
    """Stores deliveries of carts. Returns the newest cart with the key of each, in order.

    Duplicates and deliveries that arrive late change nothing (`rules.carts.delivery`). A cart that an order contains
    is closed at once. Writes the event "cart_updated" for each new version. Raises DomainError: `no_key`, `no_contact`,
    `too_many_lines`, `bad_line`, `bad_url`.
    """
    if not updates:
        return []
    now = clock.now()
    for update in updates:
        _check(update)
    _hold(workspace, {update.contact_id for update in updates})
    lock_carts(workspace)
    contents = _contents(workspace, updates)
    held = _stored_carts(workspace, {update.key for update in updates})
    written = []
    positions = [position_of(update.version, update.occurred_at, now) for update in updates]
    for at in sorted(range(len(updates)), key=positions.__getitem__):
        version = _apply(workspace, held, updates[at], contents[at], now)
        if version is not None:
            written.append(version)
    if written:
        settle_carts(workspace, {version.contact_id for version in written})
        # A cart that was always empty is stored because of its position: an older delivery may follow.
        reported = [version for version in written if version.lines or version.number > 1]
        record_cart_events(workspace=workspace, kind="cart_updated", versions=reported)
    carts = Cart.objects.in_bulk([one.cart.pk for one in held.values()])
    return [carts[held[update.key].cart.pk] if update.key in held else None for update in updates]


def _check(update: CartUpdate) -> None:
    if not update.key or len(update.key) > 120:
        raise DomainError(_("The cart needs a key of at most 120 characters."), code="no_key", field="key")
    if len(update.lines) > MOST_LINES:
        raise DomainError(
            _("A cart has at most %(most)s lines.") % {"most": MOST_LINES}, code="too_many_lines", field="lines"
        )
    total = 0
    for line in update.lines:
        price = line.price or 0
        total += price * line.quantity
        if not (line.sku or line.name.strip()) or not 1 <= line.quantity <= MOST_PIECES or price < 0 or total > LARGEST:
            raise DomainError(
                _("A line of the cart needs a name, at least one piece and a price."), code="bad_line", field="lines"
            )
    if update.url:
        try:
            _is_address(update.url)
        except ValidationError as error:
            raise DomainError(
                _("The address of the cart must begin with https://."), code="bad_url", field="url"
            ) from error


def _hold(workspace: Workspace, contact_ids: Collection[int]) -> None:
    """Locks the contacts against merges and erasures, before their carts. Raises DomainError for an unknown one."""
    if len(hold_contacts(workspace, contact_ids)) != len(contact_ids):
        raise DomainError(_("This contact does not exist."), code="no_contact", field="contact")


def _contents(workspace: Workspace, updates: Sequence[CartUpdate]) -> list[list[Line]]:
    """Returns the lines of each update as they are stored. Missing names and prices come from the shop's products."""
    skus = {line.sku for update in updates for line in update.lines if line.sku}
    found = Product.objects.filter(workspace=workspace, sku__in=skus).values_list("sku", "name", "price")
    products = {sku: (name, price) for sku, name, price in found}

    def stored(line: CartLine) -> Line:
        name, price = products.get(line.sku, (line.sku, None))
        return {
            "sku": storable(line.sku)[:60],
            "name": storable(line.name.strip())[:200] or name,
            "quantity": line.quantity,
            "price": (price or 0) if line.price is None else line.price,
        }

    return [[stored(line) for line in update.lines] for update in updates]


def _stored_carts(workspace: Workspace, keys: Collection[str]) -> dict[str, _StoredCart]:
    """Returns {key: the newest cart with this key}."""
    newest = Cart.objects.filter(workspace=workspace, key__in=keys).order_by("key", "-pk").distinct("key")
    carts = list(newest.select_related("order"))
    recent = CartVersion.objects.filter(cart__in=carts, number__gt=F("cart__version") - REMEMBERED)
    lines: dict[int, list[list[Line]]] = {cart.pk: [] for cart in carts}
    for cart_id, content in recent.order_by("cart", "number").values_list("cart", "lines"):
        lines[cart_id].append(content)
    return {
        cart.key: _StoredCart(
            cart,
            KnownCart(
                cart.state,
                (cart.source_version, cart.source_at),
                cart.contact_id,
                lines[cart.pk][-1],
                lines[cart.pk],
                cart.order.ordered_at if cart.order else None,
            ),
        )
        for cart in carts
    }


def _apply(
    workspace: Workspace, held: dict[str, _StoredCart], update: CartUpdate, lines: list[Line], now: datetime
) -> CartVersion | None:
    """Stores one delivery. Returns the new version, None if there is none."""
    present = held.get(update.key)
    position = position_of(update.version, update.occurred_at, now)
    step = delivery(present.known if present else None, position, update.contact_id, lines)
    if step == "ignore":
        return None
    cart = present.cart if present and step != "create" else Cart(
        workspace=workspace, key=update.key, version=0, currency=workspace.currency, created_at=min(position[1], now)
    )  # fmt: skip
    cart.source_version, cart.source_at = position
    cart.url, cart.source = update.url or cart.url, update.source or cart.source
    if step == "change" and cart.contact_id != update.contact_id:
        CartVersion.objects.filter(cart=cart).update(contact=update.contact_id)
    if step != "note":
        cart.state, cart.order = Cart.State.OPEN if lines else Cart.State.EMPTIED, None
        cart.contact_id, cart.version = update.contact_id, cart.version + 1
        cart.changed_at = min(position[1], now)
        cart.total = sum(line["quantity"] * line["price"] for line in lines)
    cart.save()
    if present is not None and step == "note":
        present.known = replace(present.known, position=position)
        return None
    seen = [*present.known.seen, lines] if present and step == "change" else [lines]
    held[update.key] = _StoredCart(cart, KnownCart(cart.state, position, cart.contact_id, lines, seen))
    return CartVersion.objects.create(
        workspace=workspace,
        cart=cart,
        contact_id=cart.contact_id,
        number=cart.version,
        occurred_at=cart.changed_at,
        lines=lines,
        total=cart.total,
        by=update.by,
    )
