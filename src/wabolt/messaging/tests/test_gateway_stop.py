"""A STOP cancels everything that has not started, also under concurrency."""

import threading
from collections import Counter

import pytest
from django.db import transaction

from wabolt.channels.models import RawEvent
from wabolt.channels.registry import Accepted
from wabolt.channels.tests.scripted import ScriptedProvider
from wabolt.consent.models import Consent
from wabolt.consent.services import create_defaults
from wabolt.consent.tests.factories import say_stop
from wabolt.lib import clock
from wabolt.lib.tests.racing import finish, started
from wabolt.messaging.gateway import claim as claims
from wabolt.messaging.gateway import work, work_lane_once
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


def states():
    return Counter(Message.objects.values_list("state", flat=True))


def test_stop_in_the_middle_of_a_broadcast_stops_the_next_message(channel, world, held):
    channel.messages_per_minute = 8
    channel.save()
    people = make_people(channel.workspace, 3)
    first, *_ = queue_promotion(channel, people)

    def answer(out):
        say_stop(channel.workspace, [people[1].pk])
        return Accepted(f"SCRIPT-{out.ref}", clock.now())

    world.script[str(first.pk)] = answer
    for _ in range(5):
        work_lane_once(channel)
        held.move(seconds=20)
    assert states() == {"sent": 2, "cancelled": 1}
    assert people[1].identities.get().value not in {out.to for out in world.taken}


def test_promotions_wait_for_a_stop_behind_many_unread_events(channel, world, held, monkeypatch):
    """After an outage more events wait than one turn reads. Replies do not wait."""
    monkeypatch.setattr(work, "COLLECT_LIMIT", 5)
    create_defaults(workspace=channel.workspace)
    ayu, budi = make_people(channel.workspace, 2)
    queue_promotion(channel, [ayu, budi])
    queue_service(channel, [budi], priority=Message.Priority.REPLY)
    for number in range(9):
        world.tell_receipts([f"EARLIER-{number}"], "delivered")
    world.tell_message(ayu.identities.get().value, "STOP", "IN-1")
    ScriptedProvider(channel).collect(100)
    for _ in range(2):
        work_lane_once(channel)
        assert world.taken[0].text == "Pesanan Kakak siap"
        assert not [out.text for out in world.taken if out.text.startswith("Halo")]
        held.move(seconds=1)
    work_lane_once(channel)
    promotions = Message.objects.filter(purpose="marketing").order_by("pk")
    assert list(promotions.values_list("contact", "state")) == [(ayu.pk, "cancelled"), (budi.pk, "sent")]


@pytest.fixture
def committed(transactional_db, channel):
    return channel


def test_claim_passes_over_a_person_whose_stop_is_being_stored(committed, world):
    [ayu] = make_people(committed.workspace, 1)
    queue_promotion(committed, [ayu])
    is_stopping, go = threading.Event(), threading.Event()

    def stop():
        with transaction.atomic():
            Consent.objects.filter(contact=ayu).update(state="withdrawn")
            is_stopping.set()
            go.wait(10)

    stopping = started(stop)
    assert is_stopping.wait(10)
    assert work_lane_once(committed) == 0
    assert states() == {"queued": 1}, "not decided while the word is being said"
    go.set()
    finish(stopping)
    work_lane_once(committed)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("suppressed", "opted_out")
    assert world.taken == []


def test_promotions_wait_for_an_event_that_another_process_reads(committed, world):
    create_defaults(workspace=committed.workspace)
    people = make_people(committed.workspace, 1)
    queue_promotion(committed, people)
    world.tell_message(people[0].identities.get().value, "STOP", "IN-1")
    ScriptedProvider(committed).collect(100)
    is_reading, go = threading.Event(), threading.Event()

    def read():
        with transaction.atomic():
            RawEvent.objects.select_for_update().get()
            is_reading.set()
            go.wait(30)

    reading = started(read)
    assert is_reading.wait(30)
    assert work_lane_once(committed) == 0
    assert states()["queued"] == 1
    go.set()
    finish(reading)
    work_lane_once(committed)
    assert Message.objects.get(purpose="marketing").state == "cancelled"
    assert not [out.text for out in world.taken if out.text.startswith("Halo")]


def test_stop_waits_for_a_claim_that_was_first_and_wins_over_the_rest(committed, world, held, monkeypatch):
    [ayu] = make_people(committed.workspace, 1)
    queue_promotion(committed, [ayu], origin_id=1)
    threads = []
    commit = claims.Claimer._commit_attempts

    def meanwhile(self, lane, claim, now):
        if claim.ready and not threads:
            threads.append(started(lambda: say_stop(committed.workspace, [ayu.pk])))
            threads[0].join(0.3)
            assert threads[0].is_alive(), "the STOP commits after the attempt, never before it"
        commit(self, lane, claim, now)

    monkeypatch.setattr(claims.Claimer, "_commit_attempts", meanwhile)
    assert work_lane_once(committed) == 1
    finish(threads[0])
    assert states() == {"sent": 1}
    held.move(seconds=1)
    queue_promotion(committed, [ayu], origin_id=2)
    work_lane_once(committed)
    assert states() == {"sent": 1, "suppressed": 1}
    assert len(world.taken) == 1
