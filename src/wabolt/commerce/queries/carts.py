"""Reads of carts."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.db.models import Count, QuerySet, Sum

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Cart, CartSettings, CartVersion
from wabolt.commerce.rules.carts import CHAT, WAITING, Obstacle, obstacle

Awaited = tuple[int, int]
"""The subject of a reminder: (cart id, version), as in the data of "cart_abandoned"."""


def cart_still_waits(workspace: Workspace, awaited: Collection[Awaited]) -> dict[Awaited, Obstacle | None]:
    """Returns for each version why a reminder about it must not be sent (`rules.carts.obstacle`); None if it may be
    sent.

    Uses two statements. Callers check right before they queue the message, and again when it is sent.
    """
    found = Cart.objects.filter(workspace=workspace, pk__in={cart for cart, _version in awaited})
    carts = found.in_bulk()
    newest = {cart.pk for cart in current_carts(workspace, {cart.contact_id for cart in carts.values()}).values()}

    def answer(pk: int, version: int) -> Obstacle | None:
        cart = carts.get(pk)
        return obstacle(cart.state, cart.version, version, is_newest=pk in newest) if cart else "gone"

    return {(pk, version): answer(pk, version) for pk, version in awaited}


def current_carts(workspace: Workspace, contact_ids: Collection[int]) -> dict[int, Cart]:
    """Returns {contact id: the waiting cart that was changed last}."""
    waiting = Cart.objects.filter(workspace=workspace, contact__in=contact_ids, state__in=WAITING)
    newest = waiting.order_by("contact", "-changed_at", "-pk").distinct("contact")
    return {cart.contact_id: cart for cart in newest}


def noted_cart(workspace: Workspace, contact_id: int) -> Cart | None:
    """Returns the waiting cart that members keep for a contact."""
    kept = Cart.objects.filter(workspace=workspace, contact=contact_id, source=CHAT, state__in=WAITING)
    return kept.order_by("-changed_at", "-pk").first()


def lines_of(carts: Collection[Cart]) -> dict[int, list[dict[str, Any]]]:
    """Returns the present lines of these carts, by cart id."""
    versions = {cart.pk: cart.version for cart in carts}
    rows = CartVersion.objects.filter(cart__in=versions).values_list("cart", "number", "lines")
    return {cart: lines for cart, number, lines in rows if versions[cart] == number}


def versions_of(cart: Cart) -> QuerySet[CartVersion]:
    """Returns the versions of a cart, newest first."""
    return CartVersion.objects.filter(cart=cart).select_related("by").order_by("-number")


def carts_of(workspace: Workspace) -> QuerySet[Cart]:
    """Returns the carts of the shop with their contacts, the latest change first, without carts that were always
    empty."""
    filled = Cart.objects.filter(workspace=workspace).exclude(state=Cart.State.EMPTIED, version=1)
    return filled.select_related("contact").order_by("-changed_at", "-pk")


def cart_counts(workspace: Workspace) -> Counter[str]:
    """Returns the number of carts in each state, without carts that were always empty."""
    rows = carts_of(workspace).order_by().values("state").annotate(number=Count("pk"))
    return Counter({row["state"]: row["number"] for row in rows})


def abandoned_total(workspace: Workspace) -> int:
    """Returns the total of the abandoned carts in the smallest unit of the workspace's currency."""
    left = Cart.objects.filter(workspace=workspace, state=Cart.State.ABANDONED, currency=workspace.currency)
    return left.aggregate(total=Sum("total"))["total"] or 0


def cart_settings(workspace: Workspace) -> CartSettings:
    """Returns the settings of the shop; defaults if it has stored none."""
    return CartSettings.objects.filter(workspace=workspace).first() or CartSettings(workspace=workspace)
