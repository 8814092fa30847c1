"""The alert about a number whose messages wait although nothing holds them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.messaging import standstill
from wabolt.messaging.models import Lane, Message
from wabolt.messaging.services import Draft, pause_lane, pause_origin, queue_messages, resume_lane

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Iterator[HeldClock]:
    with clock.hold(datetime(2026, 11, 30, 5, tzinfo=UTC)) as moment:
        yield moment


@pytest.fixture
def channel(held: HeldClock) -> Channel:
    return make_channel(make_workspace(), name="Toko Bandung")


def queue(channel: Channel, purpose: str = "service", priority: int = Message.Priority.REPLY, origin: int = 1) -> None:
    contact = make_contact(channel.workspace)
    draft = Draft(purpose=purpose, origin_kind="test", origin_id=origin, text="Halo Kak", priority=priority)
    queue_messages(workspace=channel.workspace, channel=channel, contact_ids=[contact.pk], draft=draft)


def is_standstill() -> bool:
    standstill.check_lanes()
    return Alert.objects.filter(kind=standstill.STANDSTILL, resolved_at=None).exists()


def test_reply_that_does_not_leave_is_reported_until_it_leaves(channel: Channel, held: HeldClock) -> None:
    queue(channel)
    assert not is_standstill()
    held.move(minutes=16)
    assert is_standstill()
    Message.objects.update(state="sent")
    assert not is_standstill()


def test_promotions_wait_for_their_pace_and_are_reported_when_no_batch_is_claimed(
    channel: Channel, held: HeldClock
) -> None:
    queue(channel, "marketing", Message.Priority.BULK)
    held.move(hours=3)
    Lane.objects.update_or_create(channel=channel, defaults={"next_send_at": held.moment})
    assert not is_standstill()
    held.move(minutes=16)
    assert is_standstill()


@each("state", ["logged_out", "banned", "new"], undone=True)
def test_number_that_cannot_send_has_an_alert_of_its_own(channel: Channel, held: HeldClock, state: str) -> None:
    queue(channel)
    Channel.objects.update(state=state)
    held.move(minutes=16)
    assert not is_standstill()


def test_pauses_and_waits_of_the_vendor_are_no_standstill(channel: Channel, held: HeldClock) -> None:
    queue(channel)
    queue(channel, "marketing", Message.Priority.BULK, origin=7)
    pause_lane(channel=channel, reason="stok habis")
    held.move(minutes=16)
    assert not is_standstill()
    resume_lane(channel=channel)
    Lane.objects.update(retry_at=held.moment + timedelta(minutes=5))
    assert not is_standstill()
    Lane.objects.update(retry_at=None, next_send_at=held.moment - timedelta(hours=1))
    Message.objects.filter(purpose="service").update(state="sent")
    pause_origin(workspace=channel.workspace, origin_kind="test", origin_id=7)
    assert not is_standstill()
