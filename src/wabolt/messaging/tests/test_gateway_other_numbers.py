"""Promotions of a number wait until the other numbers of its shop are read: one of their events may be a STOP."""

from datetime import timedelta

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.services import set_state
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.services import create_defaults
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.messaging.gateway import work, work_lane_once
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


def make_number(shop: object, **fields: object) -> Channel:
    number = make_channel(shop, **{"phone": f"+62812{Channel.objects.count():08}", **fields})  # type: ignore[arg-type]
    World._worlds.pop(number.pk, None)
    return number


def store(number: Channel, *, receipts: int = 0, stop: str = "") -> None:
    """Stores events of a number: receipts, and after them a STOP of this phone."""
    world = World.of(number)
    for _ in range(receipts):
        world.tell_receipts(["EARLIER"], "delivered")
    if stop:
        world.tell_message(stop, "STOP", f"IN-{stop}")
    ScriptedProvider(number).collect(10_000)


def worker(channel: Channel) -> work.LaneWorker:
    """The worker of a lane, for several turns."""
    ensure_lanes([channel.pk])
    [lease] = LaneLeases().acquire([channel.pk])
    return work.LaneWorker(channel, lease, ScriptedProvider(channel))


def promotions(channel: Channel) -> list[str]:
    found = Message.objects.filter(channel=channel, purpose="marketing").order_by("pk")
    return list(found.values_list("state", flat=True))


def test_a_stop_at_another_number_is_read_first(
    channel: Channel, world: World, held: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage the other number needs several turns. Replies do not wait."""
    monkeypatch.setattr(work, "COLLECT_LIMIT", 5)
    create_defaults(workspace=channel.workspace)
    ayu, budi = make_people(channel.workspace, 2)
    other = make_number(channel.workspace)
    store(other, receipts=9, stop=ayu.identities.get().value)
    queue_promotion(channel, [ayu, budi])
    queue_service(channel, [budi], priority=Message.Priority.REPLY)
    lane = worker(channel)
    for _ in range(2):
        lane.turn()
        assert [out.text for out in world.taken] == ["Pesanan Kakak siap"]
        work_lane_once(other)
        held.move(seconds=1)
    lane.turn()
    lane.turn()
    assert promotions(channel) == ["cancelled", "sent"]


def test_the_wait_ends_although_people_write_without_a_pause(channel: Channel, held: HeldClock) -> None:
    people = make_people(channel.workspace, 3)
    other = make_number(channel.workspace)
    channel.messages_per_minute = 30
    channel.save()
    for number in range(3):
        queue_promotion(channel, [people[number]], origin_id=number + 1)
    lane = worker(channel)
    for _ in range(10):
        store(other, receipts=1)  # before each turn, and none is read at once
        lane.turn()
        work_lane_once(other)
        held.move(seconds=3)
    assert promotions(channel) == ["sent"] * 3


def test_a_long_backlog_is_read_to_its_end(
    channel: Channel, world: World, held: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that arrive while it is read count too, if reading takes longer than some seconds."""
    monkeypatch.setattr(work, "COLLECT_LIMIT", 2)
    create_defaults(workspace=channel.workspace)
    [ayu] = make_people(channel.workspace, 1)
    other = make_number(channel.workspace)
    store(other, receipts=6)
    queue_promotion(channel, [ayu])
    lane = worker(channel)
    lane.turn()
    store(other, stop=ayu.identities.get().value)
    for _ in range(5):
        held.move(minutes=1)
        work_lane_once(other)
        lane.turn()
    assert promotions(channel) == ["cancelled"]
    assert world.taken == []


def test_a_number_whose_inbox_is_not_read_does_not_stop_the_shop(channel: Channel, held: HeldClock) -> None:
    """Its lane does not work, although new events arrive. When it works again, the others wait for it again."""
    create_defaults(workspace=channel.workspace)
    ayu, budi = make_people(channel.workspace, 2)
    other = make_number(channel.workspace)
    store(other, receipts=1)
    queue_promotion(channel, [budi])
    lane = worker(channel)
    for _ in range(5):
        lane.turn()
        store(other, receipts=1)
        assert promotions(channel) == ["queued"]
        held.move(minutes=1)
    lane.turn()
    assert promotions(channel) == ["sent"]
    work_lane_once(other)
    store(other, stop=ayu.identities.get().value)
    queue_promotion(channel, [ayu], origin_id=2)
    lane.turn()
    assert promotions(channel) == ["sent", "queued"]
    work_lane_once(other)
    lane.turn()
    assert promotions(channel) == ["sent", "cancelled"]


def test_only_working_numbers_of_the_same_shop_are_waited_for(channel: Channel, held: HeldClock) -> None:
    store(make_number(channel.workspace, archived_at=clock.now()), receipts=1)
    store(make_number(make_workspace()), receipts=1)
    queue_promotion(channel, make_people(channel.workspace, 1))
    work_lane_once(channel)
    assert promotions(channel) == ["sent"]


def test_after_an_outage_promotions_wait_for_the_number_that_connects_later(channel: Channel, held: HeldClock) -> None:
    create_defaults(workspace=channel.workspace)
    [ayu] = make_people(channel.workspace, 1)
    other = make_number(channel.workspace)
    for number in (channel, other):
        set_state(channel=number, state="offline")
    queue_promotion(channel, [ayu])
    held.move(hours=3)
    set_state(channel=channel, state="connected")
    lane = worker(channel)
    lane.turn()
    assert promotions(channel) == ["queued"]
    held.move(minutes=3)
    set_state(channel=other, state="connected")
    store(other, stop=ayu.identities.get().value)
    lane.turn()
    work_lane_once(other)
    lane.turn()
    assert promotions(channel) == ["cancelled"]


@each(("offline", "waits"), [(timedelta(hours=20), True), (timedelta(hours=25), False)], undone=True)
def test_a_number_that_does_not_come_back_does_not_stop_the_shop(
    channel: Channel, held: HeldClock, offline: timedelta, waits: bool
) -> None:
    other = make_number(channel.workspace)
    set_state(channel=other, state="offline")
    held.move(seconds=offline.total_seconds())
    for state in ("offline", "connected"):
        set_state(channel=channel, state=state)
        held.move(seconds=1)
    queue_promotion(channel, make_people(channel.workspace, 1))
    lane = worker(channel)
    lane.turn()
    assert promotions(channel) == ["queued" if waits else "sent"]
    held.move(minutes=7)
    lane.turn()
    assert promotions(channel) == ["sent"]
