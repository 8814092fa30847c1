"""Expired messages are not sent."""

from datetime import timedelta

import pytest

from wabolt.messaging import services
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.conftest import NOON
from wabolt.messaging.tests.factories import make_people, queue_promotion

pytestmark = pytest.mark.django_db


@pytest.fixture
def promotion(channel):
    """A promotion to two people that ends an hour after noon."""
    content = services.create_content(workspace=channel.workspace, text="Flash sale hari ini, Kak")
    services.limit_content(content=content, expires_at=NOON + timedelta(hours=1))
    return queue_promotion(channel, make_people(channel.workspace, 2), content=content)


def ends():
    return set(Message.objects.values_list("state", "reason"))


def test_it_goes_while_there_is_time(channel, world, held, promotion):
    held.moment = NOON + timedelta(minutes=59)
    work_lane_once(channel)
    assert ends() == {("sent", "")}


def test_a_queued_message_is_cancelled_at_its_expiry(channel, world, held, promotion):
    held.moment = NOON + timedelta(hours=1)
    assert work_lane_once(channel) == 0
    assert ends() == {("cancelled", "expired")}
    assert not world.taken


def test_a_requeued_message_is_cancelled_at_its_expiry(channel, world, held, promotion):
    """Claimed once, deferred by the vendor, and due again after it has expired."""
    first = promotion[0].pk
    Message.objects.exclude(pk=first).delete()
    Message.objects.filter(pk=first).update(not_before=NOON + timedelta(days=1))
    assert work_lane_once(channel) == 0
    held.moment = NOON + timedelta(days=1)
    assert work_lane_once(channel) == 0
    assert ends() == {("cancelled", "expired")}
    assert not world.taken
