"""Decisions of an origin of messages at the moment of sending, and the order in which origins use up a cap."""

from datetime import timedelta

import pytest

from wabolt.messaging import registry, services
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.services import Draft, KeyedRow
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.conftest import NOON
from wabolt.messaging.tests.factories import make_people, queue_promotion

pytestmark = pytest.mark.django_db


def ends():
    return dict(Message.objects.order_by("id").values_list("idempotency_key", "state"))


@pytest.fixture
def people(channel):
    return make_people(channel.workspace, 3)


@pytest.fixture
def content(channel):
    return services.create_content(workspace=channel.workspace, text="Keranjang Kakak menunggu")


def queue(channel, content, people, **more):
    draft = Draft(purpose="marketing", origin_kind="cart", origin_id=1, content=content, **more)
    rows = [KeyedRow(person.pk, f"{n}") for n, person in enumerate(people)]
    return services.queue_keyed(workspace=channel.workspace, channel=channel, draft=draft, rows=rows)


def test_a_message_that_its_origin_no_longer_wants_is_cancelled(channel, world, content, people, monkeypatch):
    asked = []

    def unwanted(workspace, messages):
        asked.append((workspace, sorted(messages.values())))
        return {pk: "cart_ordered" for pk, key in messages.items() if key == "cart:1"}

    origin = registry.Origin("cart", "Keranjang", unwanted=unwanted)
    monkeypatch.setitem(registry.ORIGINS, "cart", origin)
    assert queue(channel, content, people) == 3
    assert queue(channel, content, people) == 0, "the keys exist already"
    work_lane_once(channel)
    assert ends() == {"cart:0": "sent", "cart:1": "cancelled", "cart:2": "sent"}
    assert Message.objects.get(state="cancelled").reason == "cart_ordered"
    assert asked == [(channel.workspace, ["cart:0", "cart:1", "cart:2"])]


def test_a_message_may_end_before_its_content(channel, world, content, people, held):
    draft = Draft(purpose="marketing", origin_kind="cart", origin_id=1, content=content)
    rows = [KeyedRow(people[0].pk, "0", expires_at=NOON + timedelta(hours=1)), KeyedRow(people[1].pk, "1")]
    services.queue_keyed(workspace=channel.workspace, channel=channel, draft=draft, rows=rows)
    held.move(hours=1)
    work_lane_once(channel)
    assert ends() == {"cart:0": "cancelled", "cart:1": "sent"}


def test_the_most_important_promotion_uses_up_the_cap(channel, world, content, people):
    type(channel).objects.update(cap_per_day=1)
    queue_promotion(channel, people[:1])
    queue(channel, content, people[:1], priority=Message.Priority.CART)
    work_lane_once(channel)
    ended = dict(Message.objects.values_list("origin_kind", "state"))
    assert ended == {"cart": "sent", "broadcast": "suppressed"}


def test_only_the_named_messages_are_cancelled(channel, content, people):
    queue(channel, content, people)
    assert services.cancel_queued(workspace=channel.workspace, reason="journey_left", keys=["cart:0", "no"]) == 1
    assert ends() == {"cart:0": "cancelled", "cart:1": "queued", "cart:2": "queued"}
