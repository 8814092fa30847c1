"""The wall clock is set forward or back by an hour: pace, rests and retries go on as if nothing had happened."""

import threading
import time
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from tests.cases import each

from wabolt.channels.registry import Accepted, Later, get_provider
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.messaging import gateway
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.gateway.work import LaneWorker
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_service

HOURS = [timedelta(hours=1), timedelta(hours=-1)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("jump", HOURS, ids=["forward", "back"])
def test_a_gateway_keeps_its_pace_and_its_lanes(socket_enabled: None, settings, jump: timedelta) -> None:
    settings.LANE_LEASE_SECONDS = 2
    channel = make_channel(messages_per_minute=40, jitter_percent=10)
    queue_service(channel, make_people(channel.workspace, 5), priority=Message.Priority.BULK)
    stop = threading.Event()
    thread = threading.Thread(target=gateway.run, kwargs={"stop": stop}, daemon=True)
    thread.start()
    sent = Message.objects.filter(state__in=["sent", "delivered", "read"])
    try:
        _until(lambda: sent.count() == 1, 60)
        token = Lane.objects.get().token
        with clock.skewed(jump):
            time.sleep(1.0)
            assert sent.count() <= 2, "the pace holds: nothing rushes out"
            _until(lambda: sent.count() >= 3)
            assert Lane.objects.get().token == token, "nobody took the lane over"
        _until(lambda: sent.count() == 5, 60)
    finally:
        stop.set()
        thread.join(20)


def _until(holds, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


@each(("jump", "whole_lane"), product(HOURS, [True, False]), undone=True)
def test_a_rest_lasts_as_long_as_the_provider_asked(channel, world, jump: timedelta, whole_lane: bool) -> None:
    [message] = queue_service(channel, make_people(channel.workspace, 1))
    answers = iter([Later("rate_limited", timedelta(seconds=5), whole_lane=whole_lane), Accepted("id-1", clock.now())])
    world.script[str(message.pk)] = lambda out: next(answers)
    ensure_lanes([channel.pk])
    leases = LaneLeases()
    [lease] = leases.acquire([channel.pk])
    lease.deadline += 3600
    with clock.hold(clock.now()) as held:
        provider = get_provider(channel)
        worker = LaneWorker(channel, lease, provider)
        worker.turn()
        with clock.skewed(jump):
            held.move(seconds=3)
            worker.turn()
            message.refresh_from_db()
            assert message.state == "queued", "too early"
            held.move(seconds=4)
            worker.poll_now()
            worker.turn()
            worker.wait_for_commit()
        message.refresh_from_db()
        assert message.state == "sent", "and not an hour late"


def test_a_clock_that_was_set_is_told_from_time_that_passed() -> None:
    with clock.hold(clock.now()) as held:
        watch = clock.JumpWatch()
        held.move(hours=3)
        assert watch.look() == timedelta(0)
        with clock.skewed(timedelta(hours=-1)):
            held.move(seconds=1)
            assert watch.look() == timedelta(hours=-1)
            assert watch.look() == timedelta(0)
        assert watch.look() == timedelta(hours=1)


def test_lanes_never_ask_the_databases_clock() -> None:
    """Its clock may jump too: every moment in a lane is the application's."""
    for path in Path(gateway.__file__).parent.rglob("*.py"):
        text = path.read_text()
        for word in ("clock_timestamp(", "now()::", " now() ", "current_timestamp", "statement_timestamp"):
            assert word not in text.replace("clock.now()", ""), (path.name, word)
