"""The picker scans paused messages once, and still finds every message that may be sent."""

import pytest
from django.db import connection

from wabolt.messaging import services
from wabolt.messaging.gateway import picking
from wabolt.messaging.gateway.picking import Picker
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service

CROWD = 600


class Ticks:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch):
    ticks = Ticks()
    monkeypatch.setattr(picking, "time", ticks)
    return ticks


def pause(channel, origin_id=7):
    services.pause_origin(workspace=channel.workspace, origin_kind="broadcast", origin_id=origin_id)


def resume(channel, origin_id=7):
    services.resume_origin(workspace=channel.workspace, origin_kind="broadcast", origin_id=origin_id)


def pick(picker, channel, limit=10, purpose="marketing", priority=Message.Priority.BULK):
    picker.look(channel.workspace_id)
    return [message_id for message_id, _ in picker.pick(purpose, priority, limit)]


def crowd(channel, count=CROWD, origin_kind="journey", origin_id=7):
    """So many messages of one origin, all to one person, as only the database could tell apart."""
    [ayu] = make_people(channel.workspace, 1)
    Message.objects.bulk_create(
        Message(
            workspace=channel.workspace,
            channel=channel,
            contact=ayu,
            direction="outbound",
            state="queued",
            purpose="marketing",
            origin_kind=origin_kind,
            origin_id=origin_id,
            idempotency_key=f"{origin_kind}:{origin_id}:{n}",
        )
        for n in range(count)
    )
    services.pause_origin(workspace=channel.workspace, origin_kind=origin_kind, origin_id=origin_id)


def rows_looked_at(work):
    """Rows of the message table that this reads."""

    def count():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
                " WHERE relname = 'messaging_message'"
            )
            return cursor.fetchone()[0]

    before = count()
    work()
    return count() - before


def test_pick_walks_past_a_paused_crowd_once(channel, ticks):
    crowd(channel)
    going = queue_promotion(channel, make_people(channel.workspace, 5), origin_id=8)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message")
    picker = Picker(channel.pk)
    assert rows_looked_at(lambda: pick(picker, channel)) > CROWD
    for _ in range(3):
        assert rows_looked_at(lambda: pick(picker, channel)) < 20
    assert pick(picker, channel) == [message.pk for message in going]
    Message.objects.filter(pk=going[0].pk).update(state="sending")
    assert pick(picker, channel) == [message.pk for message in going[1:]]
    assert rows_looked_at(lambda: pick(picker, channel)) < 20


def test_pick_with_nothing_but_a_paused_crowd_reads_nothing_again(channel, ticks):
    crowd(channel)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message")
    picker = Picker(channel.pk)
    assert pick(picker, channel) == []
    assert rows_looked_at(lambda: pick(picker, channel)) < 5
    [late] = queue_promotion(channel, make_people(channel.workspace, 1), origin_id=8)
    assert pick(picker, channel) == [late.pk]


def test_pick_begins_at_the_floor_in_an_index(channel):
    crowd(channel)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message")
        floor = Message.objects.order_by("-pk").values_list("pk", flat=True)[0]
        values = {"channel": channel.pk, "purpose": "marketing", "priority": 2, "limit": 10, "floor": floor}
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {picking.READY_ABOVE}", values)
        [[[plan]]] = cursor.fetchall()
    assert "Index Cond" in str(plan)
    assert f"id > {floor}" in str(plan) or f"id > '{floor}'" in str(plan)
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 20


def test_resume_lets_all_go_at_once(channel, ticks):
    messages = queue_promotion(channel, make_people(channel.workspace, 3), origin_id=7)
    others = queue_promotion(channel, make_people(channel.workspace, 1), origin_id=8)
    pause(channel)
    picker = Picker(channel.pk)
    assert pick(picker, channel) == [others[0].pk]
    resume(channel)
    assert pick(picker, channel) == [message.pk for message in [*messages, *others]]


def test_pausing_another_hides_no_message(channel, ticks):
    first = queue_promotion(channel, make_people(channel.workspace, 2), origin_id=7)
    second = queue_promotion(channel, make_people(channel.workspace, 2), origin_id=8)
    pause(channel)
    picker = Picker(channel.pk)
    assert pick(picker, channel) == [message.pk for message in second]
    pause(channel, 8)
    assert pick(picker, channel) == []
    resume(channel)
    assert pick(picker, channel) == [message.pk for message in first]


def test_message_that_comes_up_below_the_floor_goes_in_time(channel, ticks):
    people = make_people(channel.workspace, 4)
    [below] = queue_promotion(channel, people[:1], origin_id=8)
    Message.objects.filter(pk=below.pk).update(state="sending")
    queue_promotion(channel, people[1:3], origin_id=7)
    [above] = queue_promotion(channel, people[3:], origin_id=8)
    pause(channel)
    picker = Picker(channel.pk)
    assert pick(picker, channel) == [above.pk]
    Message.objects.filter(pk=below.pk).update(state="queued")
    assert pick(picker, channel) == [above.pk]
    ticks.now += picking.HOLDS_AT_LEAST
    assert pick(picker, channel) == [below.pk, above.pk]


def test_a_reply_to_a_waiting_customer_has_no_floor(channel, ticks):
    people = make_people(channel.workspace, 3)
    [reply] = queue_service(channel, people[:1], priority=Message.Priority.REPLY)
    Message.objects.filter(pk=reply.pk).update(state="sending")
    queue_service(channel, people[1:2], origin_kind="broadcast", origin_id=7)
    [bulk] = queue_service(channel, people[2:])
    pause(channel)
    picker = Picker(channel.pk)
    assert pick(picker, channel, purpose="service") == [bulk.pk]
    Message.objects.filter(pk=reply.pk).update(state="queued")
    assert pick(picker, channel, purpose="service") == [reply.pk, bulk.pk]
    assert pick(picker, channel, purpose="service", limit=1) == [reply.pk]
    assert pick(picker, channel, purpose="service", priority=Message.Priority.SERVICE) == [reply.pk]


def test_a_left_cart_goes_before_a_birthday_and_both_before_other_promotions(channel, held):
    ayu = make_people(channel.workspace, 1)
    queued = {}
    for priority in (Message.Priority.BULK, Message.Priority.BIRTHDAY, Message.Priority.CART):
        [message] = queue_promotion(channel, ayu, origin_id=int(priority), priority=priority)
        queued[priority] = message.pk
    assert pick(Picker(channel.pk), channel) == [queued[priority] for priority in sorted(queued)]
