"""A cancelled broadcast stays cancelled, also for messages at the provider and for messages that return later."""

from datetime import timedelta

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.registry import Later
from wabolt.channels.services import archive_channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import World
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message, PausedOrigin

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace(), quiet_from="00:00", quiet_until="00:00")
    World._worlds.pop(channel.pk, None)
    return channel


def _running(channel: Channel) -> Broadcast:
    make_agreeing(channel.workspace, 1)
    broadcast = services.start(broadcast=make_broadcast(channel.workspace, channel))
    return services.freeze(broadcast_id=broadcast.pk)


def test_returned_messages_wait_for_the_cancellation(channel: Channel) -> None:
    broadcast, world = _running(channel), World.of(channel)
    message = Message.objects.get()

    def cancelled_meanwhile(out: object) -> Later:
        services.cancel(broadcast=broadcast)
        return Later("busy", timedelta(0), whole_lane=False)

    world.script[str(message.pk)] = cancelled_meanwhile
    assert work_lane_once(channel) == 1
    world.script.clear()
    with clock.hold(clock.now() + timedelta(minutes=5)):
        assert work_lane_once(channel) == 0
        assert not world.taken
        services.settle_returned()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("cancelled", "broadcast_cancelled")


def test_pause_of_a_cancelled_broadcast_ends_after_a_week(channel: Channel) -> None:
    services.cancel(broadcast=_running(channel))
    services.settle_returned()
    assert PausedOrigin.objects.count() == 1
    with clock.hold(clock.now() + timedelta(days=8)):
        services.settle_returned()
    assert not PausedOrigin.objects.exists()


def test_channel_archived_during_the_freeze_sends_nothing(channel: Channel) -> None:
    make_agreeing(channel.workspace, 1)
    broadcast = services.start(broadcast=make_broadcast(channel.workspace, channel))
    archive_channel(channel=channel)
    assert services.freeze(broadcast_id=broadcast.pk).state == "draft"
    broadcast.refresh_from_db()
    assert broadcast.problem
    assert not Message.objects.exists()
    assert queries.progress(broadcast).counts == {}
