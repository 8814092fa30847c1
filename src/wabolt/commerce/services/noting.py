"""Carts that members note in a conversation, and actions of members on carts."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.commerce.models import Cart, CartSettings
from wabolt.commerce.queries.carts import cart_settings, lines_of, noted_cart
from wabolt.commerce.rules.carts import CHAT, WAITING
from wabolt.commerce.services.carts import CartLine, CartUpdate, update_cart
from wabolt.commerce.services.orders import NewLine, NewOrder, record_orders
from wabolt.commerce.services.settling import lock_carts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

FEWEST_MINUTES, MOST_MINUTES = 5, 7 * 24 * 60


@transaction.atomic
def note_cart(
    *, workspace: Workspace, contact_id: int, lines: Sequence[CartLine], by: User, seen: tuple[int, int] | None = None
) -> Cart:
    """Adds `lines` to the cart that members keep for this contact, and begins one if there is none. Returns it.

    `seen`: id and version of the cart that the page showed, None if it showed none. Raises DomainError `changed` if
    the cart has another version now, for example after a second tap, and the errors of `update_carts`.
    """
    lock_carts(workspace)
    cart = noted_cart(workspace, contact_id)
    if (cart and (cart.pk, cart.version)) != seen:
        raise DomainError(_("The cart has just been changed. Look at it and try again."), code="changed")
    before = lines_of([cart])[cart.pk] if cart else []
    present_lines = [CartLine(line["sku"], line["name"], line["quantity"], line["price"]) for line in before]
    noted = update_cart(
        workspace=workspace,
        update=CartUpdate(
            contact_id,
            cart.key if cart else f"{CHAT}:{uuid.uuid4()}",
            _after(cart) if cart else clock.now(),
            tuple(_added_up([*present_lines, *lines])),
            source=CHAT,
            by=by,
        ),
    )
    assert noted is not None
    return noted


def _added_up(lines: Sequence[CartLine]) -> list[CartLine]:
    """Returns the lines with equal products and prices combined."""
    counts: dict[tuple[str, str, int | None], int] = {}
    for line in lines:
        same = (line.sku, line.name, line.price)
        counts[same] = counts.get(same, 0) + line.quantity
    return [CartLine(sku, name, quantity, price) for (sku, name, price), quantity in counts.items()]


@transaction.atomic
def empty_cart(*, workspace: Workspace, cart_id: int, by: User) -> Cart:
    """Empties a waiting cart. Raises Cart.DoesNotExist, or DomainError `not_waiting`."""
    lock_carts(workspace)
    cart = _waiting(workspace, cart_id)
    update = CartUpdate(cart.contact_id, cart.key, _after(cart), version=cart.source_version, by=by)
    emptied = update_cart(workspace=workspace, update=update)
    assert emptied is not None
    record_audit(workspace=workspace, actor=by, action="cart.empty", target=("contact", cart.contact_id))
    return emptied


@transaction.atomic
def order_cart(*, workspace: Workspace, cart_id: int, by: User) -> Cart:
    """Records an order of a waiting cart with the cart's total and the present time.

    Raises Cart.DoesNotExist, or DomainError `not_waiting`, for example if an imported order has closed the cart.
    """
    lock_carts(workspace)
    cart = _waiting(workspace, cart_id)
    lines = [line for line in lines_of([cart])[cart.pk] if line["sku"]]
    order = NewOrder(
        cart.contact_id,
        number=f"CART-{cart.pk}",
        ordered_at=_after(cart),
        lines=tuple(
            NewLine(line["sku"], line["name"], "", line["quantity"], line["quantity"] * line["price"]) for line in lines
        ),
        total=cart.total,
        source=CHAT,
        cart_key=cart.key,
    )
    record_orders(workspace=workspace, orders=[order])
    record_audit(workspace=workspace, actor=by, action="cart.order", target=("contact", cart.contact_id))
    cart.refresh_from_db()
    return cart


def _waiting(workspace: Workspace, cart_id: int) -> Cart:
    cart = Cart.objects.get(workspace=workspace, pk=cart_id)
    if cart.state not in WAITING:
        raise DomainError(_("This cart is closed already."), code="not_waiting")
    return cart


def _after(cart: Cart) -> datetime:
    """Returns the present time, or a moment after the newest change if that is not in the past."""
    return max(clock.now(), cart.source_at + timedelta(microseconds=1))


@transaction.atomic
def save_cart_settings(*, workspace: Workspace, abandoned_after: int, by: User) -> CartSettings:
    """Stores the minutes without a change after which a cart counts as abandoned. Raises DomainError `bad_minutes`."""
    if not FEWEST_MINUTES <= abandoned_after <= MOST_MINUTES:
        raise DomainError(_("Choose 5 minutes to 7 days."), code="bad_minutes", field="abandoned_after")
    stored = cart_settings(workspace)
    changes = {"abandoned_after": [str(stored.abandoned_after), str(abandoned_after)]}
    stored.abandoned_after = abandoned_after
    stored.save()
    record_audit(workspace=workspace, actor=by, action="cart.change_settings", data=changes)
    return stored
