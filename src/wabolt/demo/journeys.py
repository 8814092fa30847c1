"""Six journeys of the demo shop: they are live, and they have months of history.

Most of their messages are useful ones, which the 80/20 rule of the reports recommends.

The ordinary services make and publish them under a moved clock. Their history is written in bulk
(`demo.journey_history`), because sending months of single messages would take minutes. It is the same in each load:
every choice depends on contact ids, and on the orders and carts of the demo.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.commerce.models import Cart, CartVersion, Order
from wabolt.commerce.services import NewLine, NewOrder, record_orders
from wabolt.consent.models import Consent
from wabolt.contacts.models import Contact, Event
from wabolt.demo import shop
from wabolt.demo.journey_history import Entry, live_through
from wabolt.journeys import services
from wabolt.journeys.models import Journey
from wabolt.lib import clock

AGE = timedelta(days=120)
WIN_BACK_AGE = timedelta(days=32)
"""Shorter than the cool-down of that journey, so that the people of its history do not enter again."""
NEWS_AGE = timedelta(days=29)
SILENCE = timedelta(days=60)
RECENT = timedelta(days=35)
"""Age from which on each purchase has its care tip, so that the report of the last 30 days is complete."""
BETWEEN_TIPS = timedelta(days=24)
"""Least time between two entries of a buyer: the way after a purchase takes 9 days, and its cool-down 14."""
MOST = 300
"""People in the history of one journey, without those of whom all are told."""
READERS = 500
"""Regular customers whom the owner let into the newsletter on its first day."""
LINKS = {
    "welcome": "koleksi", "birthday": "hadiah-ulang-tahun", "cart": "keranjang", "win_back": "koleksi-terbaru",
    "after_purchase": "rawat-batik", "newsletter": "cerita",
}  # fmt: skip
"""The page of the shop to which the links in each journey lead."""


def run_journeys(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Makes the journeys with their history."""
    now = clock.now()
    since = dict(
        Consent.objects.filter(workspace=workspace, purpose="marketing", state="granted").values_list(
            "contact", "since"
        )
    )
    joined = [entry for entry in _joined(workspace) if entry.contact_id in since]
    _first_orders(workspace, joined, now)
    orders = _orders(workspace, now)
    for key, age, complete, people in (
        ("welcome", AGE, AGE, joined),
        ("birthday", AGE, timedelta(0), _birthdays(workspace, now)),
        ("cart", AGE, AGE, _carts(workspace, now)),
        # Silent customers who are not told about would enter late, when the shop is loaded.
        ("win_back", WIN_BACK_AGE, WIN_BACK_AGE, _silent(orders, now)),
        ("after_purchase", AGE, RECENT, _buyers(orders, now)),
        ("newsletter", NEWS_AGE, NEWS_AGE, [*_readers(orders, since, now), *joined]),
    ):
        with clock.hold(now - age):
            journey = _made(workspace, key, owner)
        # No message came before the permission, and a journey lets people in once it is published.
        found = [entry for entry in people if entry.contact_id in since
                 and max(since[entry.contact_id], now - age) <= entry.at < now]  # fmt: skip
        all_of = [entry for entry in found if entry.at >= now - complete]
        some_of = [entry for entry in found if entry.at < now - complete]
        live_through(journey, channel, [*some_of[:: max(1, len(some_of) // MOST)], *all_of], orders, now)


def _made(workspace: Workspace, key: str, owner: User) -> Journey:
    """A published journey from its recipe, whose messages lead to a page of the shop."""
    answers = shop.NEWS if key == "newsletter" else None
    journey = services.create_from_recipe(workspace=workspace, key=key, answers=answers, by=owner)
    _add_links(journey.draft["steps"], f"{shop.SHOP_URL}/{LINKS[key]}")
    journey.save(update_fields=["draft"])
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    services.publish(journey=journey, by=owner)
    journey.refresh_from_db()
    return journey


def _add_links(steps: Sequence[dict[str, Any]], address: str) -> None:
    for step in steps:
        if step["kind"] == "send":
            step["text"] += f"\n{address}"
        for arm in step.get("arms", ()):
            _add_links(arm["steps"], address)
        _add_links(step.get("else", ()), address)


def _joined(workspace: Workspace) -> list[Entry]:
    found = Event.objects.filter(workspace=workspace, kind="entry_point_joined").order_by("time", "pk")
    first: dict[int, Entry] = {}
    for contact, at in found.values_list("contact", "time"):
        first.setdefault(contact, Entry(contact, "", at))
    return list(first.values())


def _first_orders(workspace: Workspace, joined: Sequence[Entry], now: datetime) -> None:
    """A third of the people who joined place their first order some days after the welcome."""
    orders = []
    for number, entry in enumerate(joined):
        at = entry.at + timedelta(hours=9 + 17 * (number % 5), minutes=number % 50)
        if number % 3 == 0 and at < now:
            sku, name, price = shop.CART_GOODS[number % len(shop.CART_GOODS)]
            lines = (NewLine(sku, name, quantity=1, total=price),)
            orders.append(NewOrder(entry.contact_id, f"WA-{entry.contact_id}", at, lines, source="chat"))
    record_orders(workspace=workspace, orders=orders)


def _orders(workspace: Workspace, now: datetime) -> dict[int, list[datetime]]:
    """The times of the completed orders of each customer, oldest first."""
    found: dict[int, list[datetime]] = defaultdict(list)
    rows = Order.objects.filter(workspace=workspace, state="completed", ordered_at__lt=now, contact__isnull=False)
    for contact, at in rows.order_by("ordered_at", "pk").values_list("contact", "ordered_at"):
        found[contact].append(at)
    return found


def _birthdays(workspace: Workspace, now: datetime) -> list[Entry]:
    tz, entries = workspace.tz, []
    days = {
        (day.month, day.day): day
        for n in range(1, AGE.days)
        for day in [(now - timedelta(days=n)).astimezone(tz).date()]
    }
    known = Contact.objects.filter(workspace=workspace, erased_at=None).exclude(birth_date=None)
    for contact, born in known.order_by("pk").values_list("pk", "birth_date"):
        if born and (day := days.get((born.month, born.day))):
            entries.append(Entry(contact, str(day.year), datetime.combine(day, time(9), tzinfo=tz)))
    return entries


def _carts(workspace: Workspace, now: datetime) -> list[Entry]:
    """The abandoned carts of the demo, each with its end: an order, or an emptied cart."""
    left = Cart.objects.filter(workspace=workspace, first_abandoned_at__lt=now).select_related("order")
    carts = list(left.order_by("first_abandoned_at", "pk"))
    filled = CartVersion.objects.filter(cart__in=carts).exclude(lines=[]).order_by("number")
    items = {cart: ", ".join(line["name"] for line in lines) for cart, lines in filled.values_list("cart", "lines")}
    entries = []
    for cart in carts:
        assert cart.first_abandoned_at is not None
        ended, reason = None, ""
        if cart.order is not None:
            ended, reason = cart.order.ordered_at, "goal"
        elif cart.state == Cart.State.EMPTIED:
            ended, reason = cart.changed_at, "cart_emptied"
        entries.append(
            Entry(cart.contact_id, str(cart.pk), cart.first_abandoned_at, {"cart": [cart.pk, cart.version]},
                  ended, reason, items.get(cart.pk, ""))
        )  # fmt: skip
    return entries


def _silent(orders: dict[int, list[datetime]], now: datetime) -> list[Entry]:
    """The last silence of each customer, whether it ended with an order or not."""
    found = []
    for contact, times in sorted(orders.items()):
        ends = [*times[1:], now]
        begun = [at + SILENCE for at, end in zip(times, ends, strict=True) if at + SILENCE < end]
        recent = [at for at in begun if at > now - WIN_BACK_AGE]
        if recent:
            found.append(Entry(contact, "", recent[-1]))
    return found


def _buyers(orders: dict[int, list[datetime]], now: datetime) -> list[Entry]:
    """The orders of the last months, without those that follow another one of their buyer too soon."""
    found = []
    for contact, times in sorted(orders.items()):
        entered = now - AGE - BETWEEN_TIPS
        for at in times:
            if at > now - AGE and at >= entered + BETWEEN_TIPS:
                found.append(Entry(contact, f"{at:%Y%m%d}", at))
                entered = at
    return found


def _readers(orders: dict[int, list[datetime]], allowed: Collection[int], now: datetime) -> list[Entry]:
    """Regular customers with permission, let in on the first day of the newsletter, four weeks ago."""
    begun = now - NEWS_AGE + timedelta(days=1)
    regular = [contact for contact, times in sorted(orders.items()) if len(times) > 1 and contact in allowed]
    return [Entry(contact, "", begun) for contact in regular[:: max(1, len(regular) // READERS)]]
