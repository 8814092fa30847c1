"""Numbers are checked before the first message to them, and the answer is stored with the number."""

from collections import Counter
from datetime import timedelta

import pytest

from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import REFUSED
from wabolt.contacts.models import Identity
from wabolt.contacts.services import touch_contacts
from wabolt.lib import clock
from wabolt.messaging import queries
from wabolt.messaging.gateway import checks, work_lane_once
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


@pytest.fixture
def asking(channel, monkeypatch):
    path = "wabolt.channels.tests.scripted.CourteousProvider"
    monkeypatch.setitem(registry.PROVIDERS, "simulator", path)
    return channel


def phone_of(contact):
    return contact.identities.get().value


def states():
    return Counter(Message.objects.filter(direction="outbound").values_list("state", "reason"))


def test_strangers_are_asked_about_in_one_question_and_only_who_is_there_is_written_to(asking, world):
    people = make_people(asking.workspace, 3)
    world.script = {phone_of(people[1]): REFUSED}
    queue_promotion(asking, people)
    assert work_lane_once(asking) == 0
    assert world.questions == [sorted(phone_of(p) for p in people)]
    assert world.taken == []
    assert work_lane_once(asking) == 2
    assert states() == {("sent", ""): 2, ("suppressed", "wrong_number"): 1}
    assert dict(Identity.objects.values_list("value", "on_whatsapp")) == {
        phone_of(people[0]): True, phone_of(people[1]): False, phone_of(people[2]): True
    }  # fmt: skip
    assert queries.reason_words("wrong_number")


def test_the_answer_holds_for_a_month(asking, world, held):
    [ayu, budi] = make_people(asking.workspace, 2)
    world.script = {phone_of(budi): REFUSED}
    for origin in range(1, 4):
        queue_promotion(asking, [ayu, budi], origin_id=origin)
        for _ in range(3):
            work_lane_once(asking)
        held.moment += timedelta(days=8)
    assert len(world.questions) == 1
    assert states() == {("sent", ""): 3, ("suppressed", "wrong_number"): 3}
    held.moment += timedelta(days=8)
    world.script = {}
    queue_promotion(asking, [ayu, budi], origin_id=9)
    work_lane_once(asking)
    assert len(world.questions) == 2
    assert work_lane_once(asking) == 2


def test_who_has_written_or_was_reached_is_not_asked_about(asking, world):
    [wrote, reached, hidden] = make_people(asking.workspace, 3)
    touch_contacts(workspace=asking.workspace, contact_ids=[wrote.pk])
    [earlier] = queue_service(asking, [reached])
    Message.objects.filter(pk=earlier.pk).update(state="delivered")
    hidden.identities.create(workspace=asking.workspace, kind="lid", value="9")
    queue_promotion(asking, [wrote, reached, hidden])
    assert work_lane_once(asking) == 3
    assert world.questions == []


def test_who_may_not_be_written_to_is_not_asked_about(asking, world):
    queue_promotion(asking, make_people(asking.workspace, 2, consent=False))
    work_lane_once(asking)
    assert world.questions == []
    assert states() == {("suppressed", "no_consent"): 2}


def test_without_an_answer_the_message_goes_as_it_would_have(asking, world):
    [ayu] = make_people(asking.workspace, 1)
    queue_promotion(asking, [ayu])
    world.answers = False
    work_lane_once(asking)
    assert Identity.objects.get().on_whatsapp is None
    assert work_lane_once(asking) == 1
    queue_service(asking, [ayu], priority=Message.Priority.REPLY)
    assert work_lane_once(asking) == 1
    assert len(world.questions) == 1, "not asked again for a day"


def test_a_question_that_is_lost_is_asked_again(asking, world, held, monkeypatch):
    queue_promotion(asking, make_people(asking.workspace, 1))
    with monkeypatch.context() as patch:
        patch.setattr("wabolt.messaging.gateway.background.ask_waiting", lambda *_: 0)
        assert work_lane_once(asking) == 0
    message = Message.objects.get()
    assert (message.state, message.reason) == ("queued", "number_check")
    assert message.not_before == clock.now() + checks.WAIT
    held.moment += checks.WAIT
    work_lane_once(asking)
    assert len(world.questions) == 1
    assert work_lane_once(asking) == 1


def test_nothing_is_asked_while_the_number_is_offline(asking, world):
    queue_promotion(asking, make_people(asking.workspace, 1))
    Channel.objects.update(state="offline")
    for _ in range(3):
        work_lane_once(asking)
    assert world.questions == []


def test_a_large_broadcast_asks_by_and_by_and_answers_go_past_it(asking, world, held, monkeypatch):
    monkeypatch.setattr(checks, "AT_ONCE", 2)
    people = make_people(asking.workspace, 5)
    [waiting] = make_people(asking.workspace, 1)
    touch_contacts(workspace=asking.workspace, contact_ids=[waiting.pk])
    queue_promotion(asking, people)
    with monkeypatch.context() as patch:
        patch.setattr("wabolt.messaging.gateway.background.ask_waiting", lambda *_: 0)
        work_lane_once(asking)
        work_lane_once(asking)
        assert states() == {("queued", "number_check"): 2, ("queued", ""): 3}
        queue_service(asking, [waiting], "Siap, Kak", priority=Message.Priority.REPLY)
        assert work_lane_once(asking) == 1
    for _ in range(8):
        work_lane_once(asking)
        held.moment += timedelta(seconds=10)
    assert states()["sent", ""] == 6


def test_a_refused_number_is_a_fact_of_the_number(channel, world):
    [ayu] = make_people(channel.workspace, 1)
    world.script = {phone_of(ayu): REFUSED}
    queue_promotion(channel, [ayu])
    work_lane_once(channel)
    assert states() == {("failed", "wrong_number"): 1}
    assert Identity.objects.get().on_whatsapp is False


def test_a_person_who_writes_is_on_whatsapp_after_any_check(asking, world):
    [ayu] = make_people(asking.workspace, 1)
    ayu.identities.update(on_whatsapp=False, checked_at=clock.now())
    world.tell_message(phone_of(ayu), "Halo", "in-1")
    work_lane_once(asking)
    assert Identity.objects.get().on_whatsapp is None
    queue_promotion(asking, [ayu])
    assert work_lane_once(asking) == 1
