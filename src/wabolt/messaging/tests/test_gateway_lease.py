"""Who works a lane: leases, tokens, and what an earlier holder leaves behind."""

import time
from datetime import timedelta

import pytest
from django.db import connection

from wabolt.channels.providers.registry import get_provider
from wabolt.channels.tests.factories import make_channel
from wabolt.messaging.gateway import lease as leases
from wabolt.messaging.gateway.lease import LeaseLostError
from wabolt.messaging.gateway.loop import LaneThread, let_go_when_frozen
from wabolt.messaging.gateway.work import LaneWorker, work_lane_once
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion


def expire(channel):
    """As if the holder had been frozen: the database's clock has passed the lease."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_lane SET lease_until = clock_timestamp() - interval '1 second' WHERE channel_id = %s",
            [channel.pk],
        )


def worker(channel, lease):
    provider = get_provider(channel)
    provider.connect()
    return LaneWorker(channel, lease, provider)


def take(channel, holder):
    leases.ensure_lanes([channel.pk])
    return leases.acquire(holder, [channel.pk])


def test_acquire_gives_a_lane_to_one_holder_and_each_a_greater_token(channel):
    [first] = take(channel, "one")
    assert take(channel, "two") == []
    leases.release(first)
    [second] = take(channel, "two")
    assert second.token == first.token + 1
    assert work_lane_once(channel) == 0


def test_renew_keeps_a_lease_and_reports_a_lost_one(channel):
    [lease] = take(channel, "one")
    assert leases.renew([lease]) == []
    expire(channel)
    [thief] = take(channel, "two")
    lease.deadline = time.monotonic() - 1
    assert leases.renew([lease, thief]) == [lease]
    leases.release(lease)
    assert Lane.objects.get().holder == "two"


def test_claim_renews_the_lease_that_it_keeps_from_being_renewed(channel, settings):
    """A lane at full speed is nearly always busy with a claim, and `renew` passes by what is busy."""
    queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel, "one")
    settings.LANE_LEASE_SECONDS = 60
    before, known = Lane.objects.get().lease_until, lease.deadline
    worker(channel, lease).turn()
    assert Lane.objects.get().lease_until > before + timedelta(seconds=50)
    assert lease.deadline > known + 50


def test_thawed_holder_claims_nothing(channel, world):
    queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel, "one")
    frozen = worker(channel, lease)
    expire(channel)
    with pytest.raises(LeaseLostError):
        frozen.turn()
    take(channel, "two")
    with pytest.raises(LeaseLostError):
        frozen.turn()
    assert world.taken == []


def test_holder_that_froze_after_its_claim_calls_nobody_and_queues_again(channel, world):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel, "one")
    frozen = worker(channel, lease)
    claimed = frozen._claimer.claim

    def freeze(limit=None):
        claim = claimed(limit)
        expire(channel)
        take(channel, "two")
        lease.deadline = time.monotonic() - 1
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
    [lease] = take(channel, "one")
    slow = worker(channel, lease)
    send = slow.provider.send

    def freeze(batch):
        outcomes = send(batch)
        expire(channel)
        take(channel, "two")
        assert Message.objects.get().state == "unknown"
        return outcomes

    slow.provider.send = freeze
    slow.send()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("sent", "")
    assert len(world.taken) == 1


def test_unknown_is_not_resent_by_the_next_holder(channel, world):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    [lease] = take(channel, "one")
    claim = worker(channel, lease)._claimer.claim()
    assert len(claim.ready) == 1
    leases.release(lease)
    assert work_lane_once(channel) == 0
    message.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "interrupted")
    assert world.taken == []


@pytest.mark.django_db(transaction=True)
def test_lane_of_a_holder_frozen_inside_a_transaction_is_freed(settings):
    settings.LANE_LEASE_SECONDS = 0.3
    channel = make_channel()
    leases.ensure_lanes([channel.pk])
    leases.acquire("frozen", [channel.pk])
    frozen = connection.copy()
    try:
        frozen.connect()
        let_go_when_frozen(frozen)
        frozen.set_autocommit(False)
        with frozen.cursor() as cursor:
            cursor.execute("SELECT FROM messaging_lane WHERE channel_id = %s FOR UPDATE", [channel.pk])
        deadline = time.monotonic() + 5
        while not (taken := leases.acquire("next", [channel.pk])):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert taken[0].token == 2
    finally:
        frozen.close()


@pytest.mark.django_db(transaction=True)
def test_a_lane_of_a_kind_that_nobody_knows_is_let_go(channel):
    [lease] = take(channel, "one")
    channel.provider = "pigeon"
    lane = LaneThread(channel, lease)
    lane.run()
    assert lane.failed
    assert len(take(channel, "two")) == 1
