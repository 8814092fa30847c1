"""Connections of idle lanes: few lanes keep theirs, and a connection that PostgreSQL ended is replaced."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from wabolt.channels.tests.factories import make_channel
from wabolt.lib.tests.waking import Wake, end_connections, others
from wabolt.messaging.gateway import loop
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def waiting_lane(settings: Settings, patch: pytest.MonkeyPatch, *, is_one_of_few: bool) -> Iterator[Wake]:
    """A lane that has polled and waits to be woken."""
    settings.LANE_LEASE_SECONDS = 600
    patch.setattr(loop, "SHORTEST_WAIT", 600)
    patch.setattr(loop, "LONGEST_WAIT", 600)
    channel, leases, wake = make_channel(), LaneLeases("one"), Wake()
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
    before = others()
    with waiting_lane(settings, monkeypatch, is_one_of_few=True) as wake:
        met = others() - before
        wake.let_work()
        kept = met & others()
        assert kept
        end_connections(kept)
        wake.let_work()
        assert others() - before - kept


def test_one_of_many_closes_its_connection_when_it_is_idle(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = others()
    with waiting_lane(settings, monkeypatch, is_one_of_few=False) as wake:
        for _poll in range(2):
            until = time.monotonic() + 60
            while others() - before:  # a connection ends a moment after its client has closed it
                assert time.monotonic() < until
                time.sleep(0.01)
            wake.let_work()
