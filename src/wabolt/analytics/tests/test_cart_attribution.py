"""A cart counts as recovered by a reminder if it was ordered within the window after the reminder."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.analytics.queries import revenue_of
from wabolt.analytics.services import settle_attribution, touch_all
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Cart, Order, Voucher
from wabolt.commerce.services import CartLine, IdleCarts, abandon_idle_carts
from wabolt.commerce.tests.factories import make_cart, make_order
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Journey
from wabolt.journeys.rules.definition import Entry, Send, Trigger, Wait
from wabolt.journeys.services import advance_due
from wabolt.journeys.tests.factories import make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.messaging.models import Click, Message, MessageContent, TrackedLink
from wabolt.messaging.services import work_lane_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 5, 0, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAID = 150_000
BATIK = CartLine("BTK-01", "Kemeja Batik Parang", 1, PAID)


@pytest.fixture
def held():
    with clock.hold(NOON) as moment:
        yield moment


@pytest.fixture
def workspace(db: None, held: clock.HeldClock) -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace, cap_per_day=9, cap_per_week=20, quiet_from="00:00", quiet_until="00:00")


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    found = make_contact(workspace, "Ayu")
    give_consent(workspace, [found.pk])
    return found


@pytest.fixture
def reminders(workspace: Workspace, channel: Channel) -> Journey:
    """A reminder at once, and another one after two days."""
    parts = {"trigger": Trigger("cart_abandoned"), "entry": Entry("always")}
    steps = (Send("s1", "Keranjang Kakak menunggu"), Wait("w1", amount=2), Send("s2", "Hampir habis, Kak"))
    return make_journey(workspace, *steps, parts=parts)


def leave(contact: Contact, channel: Channel, held: clock.HeldClock, follower: Follower, key: str = "web:1") -> Cart:
    """A cart that was left alone, and the reminder about it."""
    cart, idle = make_cart(contact, BATIK, key=key), IdleCarts()
    abandon_idle_carts(idle)
    held.move(hours=2)
    abandon_idle_carts(idle)
    follower.catch_up()
    while work_lane_once(channel):
        pass
    return cart


def earned(journey: Journey) -> dict[str, tuple[int, int]]:
    """{step: (orders, revenue)}; the same before and after the result is kept, and after all of it is made again."""
    keys = dict(journey.steps.values_list("pk", "key"))

    def read() -> dict[str, tuple[int, int]]:
        return {keys[pk]: found for pk, found in revenue_of(journey.workspace_id, "journey", list(keys)).items()}

    first = read()
    settle_attribution()
    assert read() == first
    touch_all()
    settle_attribution()
    assert read() == first
    return first


@each(("after", "counts"), [(HOUR, True), (7 * DAY - HOUR, True), (7 * DAY + HOUR, False)], undone=True)
def test_an_order_within_the_window_recovers_the_cart(
    contact: Contact, channel: Channel, reminders: Journey, held: clock.HeldClock, after: timedelta, counts: bool
) -> None:
    cart = leave(contact, channel, held, Follower())
    assert Message.objects.get().state == "sent"
    make_order(contact.workspace, contact.pk, ordered_at=clock.now() + after)
    cart.refresh_from_db()
    assert cart.state == "recovered"
    assert earned(reminders) == ({"s1": (1, PAID)} if counts else {})


def test_the_last_reminder_before_the_order_counts(
    contact: Contact, channel: Channel, reminders: Journey, held: clock.HeldClock
) -> None:
    leave(contact, channel, held, Follower())
    held.move(days=3)
    advance_due()
    while work_lane_once(channel):
        pass
    assert Message.objects.exclude(sent_at=None).count() == 2
    make_order(contact.workspace, contact.pk, ordered_at=clock.now() + HOUR)
    assert earned(reminders) == {"s2": (1, PAID)}


def test_without_a_reminder_no_journey_recovered_the_cart(
    contact: Contact, channel: Channel, reminders: Journey, held: clock.HeldClock
) -> None:
    """The order was placed before the reminder; another order took no cart."""
    leave(contact, channel, held, Follower())
    make_order(contact.workspace, contact.pk, ordered_at=clock.now() - HOUR)
    make_order(contact.workspace, contact.pk, "GN-2", ordered_at=clock.now() + HOUR)
    assert Cart.objects.get().order == Order.objects.get(number="GN-1")
    assert earned(reminders) == {}


def test_a_voucher_and_a_click_come_before_the_reminder(
    contact: Contact, channel: Channel, reminders: Journey, held: clock.HeldClock
) -> None:
    other = make_journey(contact.workspace, Send("s9", "Selamat ulang tahun"))
    follower = Follower()
    leave(contact, channel, held, follower)
    make_order(contact.workspace, contact.pk, "GN-1", ordered_at=clock.now() + HOUR)
    assert earned(reminders) == {"s1": (1, PAID)}
    content = MessageContent.objects.create(workspace=contact.workspace, text="Lihat")
    link = TrackedLink.objects.create(content=content, position=0, url="https://toko.example/")
    greeting = Message.objects.create(
        workspace=contact.workspace, channel=channel, contact=contact, direction="outbound", state="read",
        origin_kind="journey", origin_id=other.steps.get().pk, content=content, sent_at=NOON, idempotency_key="g",
    )  # fmt: skip
    Click.objects.create(link=link, contact=contact, message=greeting, at=clock.now())
    assert (earned(reminders), earned(other)) == ({}, {"s9": (1, PAID)})
    Voucher.objects.create(
        workspace=contact.workspace, contact=contact, code="AYU10", percent=10, valid_until=NOON + 9 * DAY,
        origin_kind="journey", origin_id=reminders.steps.get(key="s2").pk, order=Order.objects.get(),
    )  # fmt: skip
    assert (earned(reminders), earned(other)) == ({"s2": (1, PAID)}, {})


def test_a_cart_that_takes_its_order_later_counts_then(
    contact: Contact, channel: Channel, reminders: Journey, held: clock.HeldClock
) -> None:
    """The contact's attribution was kept already when the order was linked with the cart."""
    cart = leave(contact, channel, held, Follower())
    make_order(contact.workspace, contact.pk, ordered_at=clock.now() + HOUR)
    Cart.objects.update(state="abandoned", order=None)
    assert earned(reminders) == {}
    Cart.objects.filter(pk=cart.pk).update(state="recovered", order=Order.objects.get())
    assert earned(reminders) == {"s1": (1, PAID)}
