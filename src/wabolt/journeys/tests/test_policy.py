"""The rules of sending hold for journeys as for broadcasts: consent, caps across both, importance, carts."""

import pytest

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Cart
from wabolt.commerce.services import CartLine, CartUpdate, update_cart
from wabolt.commerce.tests.factories import make_order
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.services import NewEvent, record_events
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules.definition import Send, Trigger, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.messaging.tests.factories import queue_promotion

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(workspace):
    return make_channel(workspace, cap_per_day=1, quiet_from="00:00", quiet_until="00:00")


def let_in(workspace, contact, **fields):
    journey = make_journey(workspace, Send("s1", "Halo"), **fields)
    enroll(journey=journey, entrants=[Entrant(contact.pk)])
    advance_due()
    return journey


def ends():
    return dict(Message.objects.values_list("origin_kind", "state"))


def test_without_consent_nothing_is_sent(workspace, channel, contact):
    let_in(workspace, contact)
    work_lane_once(channel)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("suppressed", "no_consent")


def test_a_broadcast_uses_up_the_cap_of_a_journey(workspace, channel, contact, held):
    give_consent(workspace, [contact.pk])
    queue_promotion(channel, [contact])
    work_lane_once(channel)
    held.move(minutes=1)
    let_in(workspace, contact)
    work_lane_once(channel)
    assert Message.objects.get(origin_kind="journey").reason == "frequency_cap"


def test_a_message_of_another_key_goes(workspace, channel, contact):
    """As an action of a step queues it."""
    journey = let_in(workspace, contact)
    give_consent(workspace, [contact.pk])
    Message.objects.update(idempotency_key=f"journey:journey:1:{journey.pk}:1:{contact.pk}")
    work_lane_once(channel)
    assert Message.objects.get().state in {"sent", "delivered"}


@pytest.mark.parametrize(
    ("importance", "expected"),
    [
        ("birthday", {"broadcast": "suppressed", "journey": "sent"}),
        ("promotion", {"broadcast": "sent", "journey": "suppressed"}),
    ],
)
def test_the_more_important_message_goes_when_the_cap_has_room_for_one(
    workspace, channel, contact, importance, expected
):
    give_consent(workspace, [contact.pk])
    queue_promotion(channel, [contact])
    let_in(workspace, contact, importance=importance)
    work_lane_once(channel)
    assert ends() == expected


# Several numbers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def second(workspace):
    return make_channel(workspace, phone="+6281100000002", cap_per_day=1, quiet_from="00:00", quiet_until="00:00")


def work(*channels):
    for channel in channels:
        work_lane_once(channel)


def states():
    """{priority: state}; all that went out counts as sent."""
    rows = Message.objects.values_list("priority", "state")
    return {priority: "sent" if state in {"delivered", "read"} else state for priority, state in rows}


@pytest.mark.parametrize("kinds", [("cart", "birthday"), ("cart", "promotion"), ("birthday", "promotion")])
@pytest.mark.parametrize("first", [0, 1])
def test_the_more_important_message_goes_first_from_any_number(workspace, channel, second, contact, held, kinds, first):
    give_consent(workspace, [contact.pk])
    for importance, number in zip(kinds, (channel, second), strict=True):
        let_in(workspace, contact, importance=importance, channel=number)
    order = (channel, second) if first == 0 else (second, channel)
    for _turn in range(3):
        work(*order)
        held.move(minutes=2)
    found = [state for _priority, state in sorted(states().items())]
    assert found == ["sent", "suppressed"]
    assert Message.objects.get(state="suppressed").reason == "frequency_cap"


def test_a_number_at_a_standstill_delays_no_other_number(workspace, channel, second, contact, held):
    give_consent(workspace, [contact.pk])
    let_in(workspace, contact, importance="cart", channel=second)
    let_in(workspace, contact, channel=channel)
    Channel.objects.filter(pk=second.pk).update(state="disconnected")
    work(channel)
    assert [state for _priority, state in sorted(states().items())] == ["queued", "sent"]


def test_a_message_that_yielded_goes_when_its_rival_does_not(workspace, channel, second, contact, held):
    give_consent(workspace, [contact.pk])
    let_in(workspace, contact, importance="cart", channel=second)
    let_in(workspace, contact, channel=channel)
    work(channel)
    assert [state for _priority, state in sorted(states().items())] == ["queued", "queued"]
    assert Message.objects.get(priority=4).reason == "more_important"
    Message.objects.filter(priority=2).update(state="cancelled")
    held.move(minutes=2)
    work(channel)
    assert states() == {2: "cancelled", 4: "sent"}


def test_the_cap_counts_broadcasts_and_journeys_of_all_numbers(workspace, channel, second, contact, held):
    give_consent(workspace, [contact.pk])
    queue_promotion(channel, [contact])
    work(channel)
    let_in(workspace, contact, channel=second)
    work(second)
    assert Message.objects.get(channel=second).reason == "frequency_cap"


# Carts ----------------------------------------------------------------------------------------------------------------


def leave_a_cart(workspace, contact, follower):
    """A journey that reminds of an abandoned cart has queued its message. Returns the cart."""
    parts = {"trigger": Trigger("cart_abandoned")}
    make_journey(workspace, Send("s1", "Keranjang Kakak menunggu"), parts=parts, importance=Journey.Importance.CART)
    cart = abandon(workspace, contact)
    follower.catch_up()
    assert (Message.objects.get().state, Enrollment.objects.get().entry_key) == ("queued", str(cart.pk))
    return cart


def fill(workspace, contact, *quantities):
    lines = tuple(CartLine("", f"Kemeja {number}", number, 245_000) for number in quantities)
    update = CartUpdate(contact.pk, "web:1", clock.now(), lines)
    return update_cart(workspace=workspace, update=update)


def test_a_reminder_goes_while_the_cart_waits(workspace, channel, contact, held):
    give_consent(workspace, [contact.pk])
    leave_a_cart(workspace, contact, Follower())
    work_lane_once(channel)
    assert Message.objects.get().state == "sent"


def changes(workspace, contact):
    fill(workspace, contact, 2)


def empties(workspace, contact):
    fill(workspace, contact)


def orders(workspace, contact):
    make_order(workspace, contact.pk, "A-1", ordered_at=clock.now())
    assert Cart.objects.get().state == "recovered"


@pytest.mark.parametrize("happens", [changes, empties, orders])
def test_the_cart_is_read_again_when_the_lane_sends(workspace, channel, contact, held, happens):
    """The message is queued already, and the consumer has not heard of the change."""
    give_consent(workspace, [contact.pk])
    leave_a_cart(workspace, contact, Follower())
    held.move(minutes=5)
    happens(workspace, contact)
    work_lane_once(channel)
    assert (Message.objects.get().state, Message.objects.get().reason) == ("cancelled", "journey_left")


@pytest.mark.parametrize("happens", [changes, empties, orders])
def test_the_cart_is_read_again_before_the_message_is_queued(workspace, channel, contact, held, happens):
    """The person waits in the journey, and the consumer has not heard of the change."""
    follower = Follower()
    parts = {"trigger": Trigger("cart_abandoned")}
    make_journey(workspace, Wait("w1", amount=1, unit="hours"), Send("s1", "Halo"), parts=parts)
    abandon(workspace, contact)
    follower.catch_up()
    held.move(minutes=61)
    happens(workspace, contact)
    advance_due()
    row = Enrollment.objects.get()
    assert (row.state, row.reason.startswith("cart_")) == ("exited", True)
    assert not Message.objects.exists()


def abandon(workspace, contact):
    cart = fill(workspace, contact, 1)
    type(cart).objects.filter(pk=cart.pk).update(state="abandoned", first_abandoned_at=clock.now())
    event = NewEvent(contact.pk, "cart_abandoned", data={"cart": cart.pk, "version": cart.version})
    record_events(workspace=workspace, events=[event])
    return cart


def test_a_changed_cart_ends_the_way(workspace, channel, contact, held):
    follower = Follower()
    parts = {"trigger": Trigger("cart_abandoned")}
    make_journey(workspace, Wait("w1", amount=1, unit="hours"), Send("s1", "Halo"), parts=parts)
    abandon(workspace, contact)
    follower.catch_up()
    held.move(minutes=5)
    fill(workspace, contact, 3)
    follower.catch_up()
    row = Enrollment.objects.get()
    assert (row.state, row.reason.startswith("cart_")) == ("exited", True)
