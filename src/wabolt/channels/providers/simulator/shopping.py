"""Carts of simulated customers, derived from the seed, the phone and the message. Pure.

A customer who opens a link may fill a cart, and may change it once. The customer then empties it, orders within an
hour, orders hours later, or abandons it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from wabolt.channels.providers.simulator.behaviour import PlannedAction, Profile, after, chances

CHANGES, EMPTIES, ORDERS_SOON, ORDERS_LATE = 0.4, 0.08, 0.34, 0.52
"""Shares of the carts. CHANGES: changed once. The others are cumulative thresholds of one random number: emptied,
ordered soon, ordered late. The remaining carts are abandoned."""
Good = tuple[str, str, str, int]


def carts_after(profile: Profile, planned: Sequence[PlannedAction]) -> list[PlannedAction]:
    """Returns the cart reports after the clicks in `planned`, and the orders of these carts, sorted by `due_at`."""
    done = []
    for click in planned:
        ref = click.key.removesuffix(":click")
        if click.kind == "click" and chances(profile.seed, ref, "cart", count=1)[0] < profile.rates.carted:
            done += _cart(profile, str(click.payload["phone"]), ref, click.due_at)
    return sorted(done, key=lambda planned_action: planned_action.due_at)


def _cart(profile: Profile, phone: str, ref: str, clicked_at: datetime) -> list[PlannedAction]:
    c, later = chances(profile.seed, phone, ref, "cart", count=8), partial(after, profile.speed)
    tell = partial(_cart_report, profile, phone, ref)
    goods = [_pick(profile, c[0])]
    at = later(clicked_at, 30, 900, c[1])
    done = [tell(1, goods, at)]
    if c[2] < CHANGES:
        goods, at = [*goods, _pick(profile, c[3])], later(at, 20, 600, c[4])
        done.append(tell(2, goods, at))
    if c[5] < EMPTIES:
        done.append(tell(3, [], later(at, 60, 3600, c[6])))
    elif c[5] < ORDERS_SOON:
        done.append(_order(phone, ref, goods, later(at, 60, 2700, c[6])))
    elif c[5] < ORDERS_LATE:
        done.append(_order(phone, ref, goods, later(at, 2 * 3600, 60 * 3600, c[6])))
    if c[7] < profile.rates.duplicated:
        # Web shops send a snapshot again when they got no answer.
        first = done[0]
        done.append(PlannedAction(first.kind, first.due_at + timedelta(hours=1), f"{first.key}:again", first.payload))
    return done


def _pick(profile: Profile, chance: float) -> tuple[Good, int]:
    """Returns a good and its quantity (1 or 2), chosen by `chance` in [0, 1)."""
    pick = int(chance * 1000)
    return profile.goods[pick % len(profile.goods)], 1 + (pick // len(profile.goods)) % 2


def _cart_report(
    profile: Profile, phone: str, ref: str, version: int, goods: Sequence[tuple[Good, int]], at: datetime
) -> PlannedAction:
    payload: dict[str, Any] = {
        "phone": phone,
        "cart": f"SIM-{ref}",
        "version": version,
        "lines": [[sku, name, quantity, price] for (sku, name, _category, price), quantity in goods],
        "url": f"{profile.shop_url}/keranjang/{ref}" if profile.shop_url else "",
        "at": at.isoformat(),
    }
    return PlannedAction("cart", at, f"{ref}:cart:{version}", payload)


def _order(phone: str, ref: str, goods: Sequence[tuple[Good, int]], at: datetime) -> PlannedAction:
    lines = [[sku, name, category, count, price * count] for (sku, name, category, price), count in goods]
    payload: dict[str, Any] = {
        "phone": phone,
        "number": f"SIM-{ref}-K",
        "voucher": "",
        "cart": f"SIM-{ref}",
        "lines": lines,
        "at": at.isoformat(),
    }
    return PlannedAction("order", at, f"{ref}:cart:order", payload)
