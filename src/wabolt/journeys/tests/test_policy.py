"""The rules of sending hold for journeys as for broadcasts: consent, caps across both, importance, carts."""

import pytest

from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.services import CartLine, CartUpdate, update_cart
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


# Carts ----------------------------------------------------------------------------------------------------------------


def leave_a_cart(workspace, contact, follower):
    """A journey that reminds of an abandoned cart has queued its message. Returns the cart."""
    parts = {"trigger": Trigger("cart_abandoned")}
    make_journey(workspace, Send("s1", "Keranjang Kakak menunggu"), parts=parts, importance=Journey.Importance.CART)
    cart = fill(workspace, contact, 1)
    type(cart).objects.filter(pk=cart.pk).update(state="abandoned")
    event = NewEvent(contact.pk, "cart_abandoned", data={"cart": cart.pk, "version": cart.version})
    record_events(workspace=workspace, events=[event])
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


@pytest.mark.parametrize("quantities", [(2,), ()], ids=["changed", "emptied"])
def test_the_cart_is_read_again_when_the_lane_sends(workspace, channel, contact, held, quantities):
    """The consumer has not heard of the change yet."""
    give_consent(workspace, [contact.pk])
    leave_a_cart(workspace, contact, Follower())
    held.move(minutes=5)
    fill(workspace, contact, *quantities)
    work_lane_once(channel)
    assert (Message.objects.get().state, Message.objects.get().reason) == ("cancelled", "journey_left")


def test_a_changed_cart_ends_the_way(workspace, channel, contact, held):
    follower = Follower()
    parts = {"trigger": Trigger("cart_abandoned")}
    make_journey(workspace, Wait("w1", amount=1, unit="hours"), Send("s1", "Halo"), parts=parts)
    cart = fill(workspace, contact, 1)
    type(cart).objects.filter(pk=cart.pk).update(state="abandoned")
    event = NewEvent(contact.pk, "cart_abandoned", data={"cart": cart.pk, "version": cart.version})
    record_events(workspace=workspace, events=[event])
    follower.catch_up()
    held.move(minutes=5)
    fill(workspace, contact, 3)
    follower.catch_up()
    row = Enrollment.objects.get()
    assert (row.state, row.reason.startswith("cart_")) == ("exited", True)
