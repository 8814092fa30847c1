"""Connections of idle lanes: few lanes keep theirs, and a connection that PostgreSQL ended is replaced."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib.tests.waking import Wake, end_connections, others
from wabolt.messaging.gateway import loop, work
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_service

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def waiting_lane(channel: Channel, settings: Settings, *, is_one_of_few: bool) -> Iterator[Wake]:
    """A lane that has polled and waits."""
    settings.LANE_LEASE_SECONDS = 600
    leases, wake = LaneLeases("one"), Wake()
    ensure_lanes([channel.pk])
    [lease] = leases.acquire([channel.pk])
    lane = loop.LaneThread(channel, lease, leases, lambda: is_one_of_few)
    lane.wake = wake
    lane.start()
    try:
        assert wake.is_waited_for.wait(60)
        yield wake
        assert lane.is_alive()
    finally:
        lane.stop()
        lane.join(60)
    assert not lane.failed


def test_one_of_few_keeps_its_connection_and_replaces_an_ended_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SHORTEST_WAIT", 600)
    monkeypatch.setattr(loop, "LONGEST_WAIT", 600)
    channel, before = make_channel(), others()
    with waiting_lane(channel, settings, is_one_of_few=True) as wake:
        met = others() - before
        wake.let_work()
        kept = met & others()
        assert kept
        end_connections(kept)
        wake.let_work()
        assert others() - before - kept


def test_one_of_many_closes_its_connections_when_it_is_idle(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those of its other threads: the one that stores results has had work."""
    monkeypatch.setattr(loop, "SHORTEST_WAIT", 0.2)
    monkeypatch.setattr(loop, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(work, "WRITE_BEHIND_FROM", 1)
    channel = make_channel()
    [message] = queue_service(channel, make_people(channel.workspace, 1))
    before, until = others(), time.monotonic() + 60
    with waiting_lane(channel, settings, is_one_of_few=False):
        while not Message.objects.filter(pk=message.pk, sent_at__isnull=False) or others() - before:
            assert time.monotonic() < until
            time.sleep(0.01)
