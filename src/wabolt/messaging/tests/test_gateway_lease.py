"""Leases of lanes, fencing tokens, and messages that an earlier holder left in flight."""

import time

import pytest
from django.db import connection

from wabolt.channels.registry import get_provider
from wabolt.channels.tests.factories import make_channel
from wabolt.lib.lease import LeaseLostError
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.gateway.loop import LaneThread, let_go_when_frozen
from wabolt.messaging.gateway.work import LaneWorker, work_lane_once
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion

ONE = LaneLeases("one")


def worker(channel, lease):
    provider = get_provider(channel)
    provider.connect()
    return LaneWorker(channel, lease, provider)


def take(channel, leases=ONE):
    ensure_lanes([channel.pk])
    return leases.acquire([channel.pk])


def take_over(channel):
    """Another process takes the lane of a holder that is silent for the whole duration."""
    leases = LaneLeases("two")
    assert take(channel, leases) == []
    time.sleep(0.25)
    [lease] = take(channel, leases)
    return lease


@pytest.fixture(autouse=True)
def _short_leases(settings):
    settings.LANE_LEASE_SECONDS = 0.2


def test_acquire_gives_a_lane_to_one_holder_and_each_a_greater_token(channel):
    [first] = take(channel)
    assert take(channel, LaneLeases("two")) == []
    ONE.release(first)
    [second] = take(channel, LaneLeases("two"))
    assert second.token == first.token + 1
    assert work_lane_once(channel) == 0


def test_renew_keeps_a_lease_and_reports_a_lost_one(channel):
    [lease] = take(channel)
    assert ONE.renew([lease]) == []
    take_over(channel)
    assert ONE.renew([lease]) == [lease]
    ONE.release(lease)
    assert Lane.objects.get().holder == "two"


def test_claim_renews_the_lease_that_it_keeps_from_being_renewed(channel, settings):
    """A lane at full speed is nearly always busy with a claim, and `renew` passes by what is busy."""
    queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel)
    settings.LANE_LEASE_SECONDS = 60
    before, known = Lane.objects.get().beat, lease.deadline
    worker(channel, lease).turn()
    assert Lane.objects.get().beat > before
    assert lease.deadline > known + 50


def test_thawed_holder_claims_nothing(channel, world):
    queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel)
    frozen = worker(channel, lease)
    take_over(channel)
    with pytest.raises(LeaseLostError):
        frozen.turn()
    assert world.taken == []


def test_holder_that_froze_after_its_claim_sends_nothing_and_queues_again(channel, world):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel)
    frozen = worker(channel, lease)
    claimed = frozen._claimer.claim

    def freeze(limit=None, **options):
        claim = claimed(limit, **options)
        take_over(channel)
        return claim

    frozen._claimer.claim = freeze
    with pytest.raises(LeaseLostError):
        frozen.turn()
    message.refresh_from_db()
    assert (message.state, message.attempted_at) == ("queued", None)
    assert Lane.objects.get().sent_today == 0
    assert world.taken == []


def test_takeover_doubts_what_is_in_flight_and_the_old_holders_answer_settles_it(channel, world):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel)
    slow = worker(channel, lease)
    send = slow.provider.send

    def freeze(batch):
        outcomes = send(batch)
        take_over(channel)
        assert Message.objects.get().state == "unknown"
        return outcomes

    slow.provider.send = freeze
    slow.send()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("sent", "")
    assert len(world.taken) == 1


def test_unknown_is_not_resent_by_the_next_holder(channel, world):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel)
    claim = worker(channel, lease)._claimer.claim()
    assert len(claim.ready) == 1
    ONE.release(lease)
    assert work_lane_once(channel) == 0
    message.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "interrupted")
    assert world.taken == []


@pytest.mark.django_db(transaction=True)
def test_lane_of_a_holder_frozen_inside_a_transaction_is_freed(settings):
    settings.LANE_LEASE_SECONDS = 0.3
    channel = make_channel()
    take(channel)
    frozen = connection.copy()
    try:
        frozen.connect()
        let_go_when_frozen(frozen)
        frozen.set_autocommit(False)
        with frozen.cursor() as cursor:
            cursor.execute("SELECT FROM messaging_lane WHERE channel_id = %s FOR UPDATE", [channel.pk])
        deadline, leases = time.monotonic() + 60, LaneLeases("next")
        while not (taken := leases.acquire([channel.pk])):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert taken[0].token == 2
    finally:
        frozen.close()


@pytest.mark.django_db(transaction=True)
def test_a_lane_of_an_unknown_kind_is_released(channel):
    [lease] = take(channel)
    channel.provider = "pigeon"
    lane = LaneThread(channel, lease, ONE)
    lane.run()
    assert lane.failed
    assert len(take(channel, LaneLeases("two"))) == 1
