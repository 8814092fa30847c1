"""Blue ticks and typing: shown where the number allows it, never in the way, never twice."""

from datetime import timedelta

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_member, sign_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import CourteousProvider
from wabolt.lib import clock
from wabolt.messaging import services
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.gateway.read_receipts import STALE
from wabolt.messaging.gateway.typing_indicator import CROWD, LONGEST, TypingIndicator
from wabolt.messaging.gateway.work import LaneWorker
from wabolt.messaging.store.models import Conversation, Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service

AYU = "+6285700000001"


@pytest.fixture
def courteous(channel, monkeypatch):
    path = "wabolt.channels.tests.scripted.CourteousProvider"
    monkeypatch.setitem(registry.PROVIDERS, "simulator", path)
    return channel


@pytest.fixture
def ayu(courteous, world):
    """A contact who wrote two messages just now."""
    world.tell_message(AYU, "Masih ada?", "in-1")
    world.tell_message(AYU, "Ukuran L", "in-2")
    work_lane_once(courteous)
    return Message.objects.filter(direction="inbound").first().contact


def test_who_is_read_is_shown_so_once(courteous, world, ayu):
    assert world.shown == []
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    work_lane_once(courteous)
    assert world.shown == [("read", AYU, "in-1", "in-2")]
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    work_lane_once(courteous)
    world.tell_message(AYU, "Halo?", "in-3")
    work_lane_once(courteous)
    assert len(world.shown) == 1
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    work_lane_once(courteous)
    assert world.shown[1:] == [("read", AYU, "in-3")]


def test_opening_the_conversation_and_answering_are_reading(courteous, world, ayu, client):
    member = make_member(courteous.workspace, "agent")
    sign_in(client, member)
    assert client.get(reverse("messaging:conversation", args=[ayu.pk])).status_code == 200
    work_lane_once(courteous)
    assert world.shown == [("read", AYU, "in-1", "in-2")]
    world.tell_message(AYU, "Halo?", "in-3")
    work_lane_once(courteous)
    services.queue_reply(
        workspace=courteous.workspace, contact=ayu, reply=services.Reply(text="Ada, Kak", author=member)
    )
    work_lane_once(courteous)
    assert world.shown[1] == ("read", AYU, "in-3")


def test_a_number_that_shows_nothing_drops_the_ticks(courteous, world, ayu):
    Channel.objects.update(shows_reading=False)
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    work_lane_once(courteous)
    Channel.objects.update(shows_reading=True)
    work_lane_once(courteous)
    assert world.shown == []


def test_a_read_receipt_that_is_too_late_is_dropped(courteous, world, ayu, held):
    Channel.objects.update(state="offline")
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    work_lane_once(courteous)
    conversation = Conversation.objects.get()
    assert conversation.told_id < conversation.seen_id, "kept while the number is away"
    held.moment += STALE + timedelta(seconds=1)
    Channel.objects.update(state="connected")
    work_lane_once(courteous)
    conversation.refresh_from_db()
    assert conversation.told_id == conversation.seen_id
    assert world.shown == []


def test_a_line_that_breaks_over_a_tick_harms_nothing(courteous, world, ayu):
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    world.answers = False
    queue_service(courteous, [ayu], "Ada, Kak", priority=Message.Priority.REPLY)
    assert work_lane_once(courteous) == 1


def test_a_chat_is_marked_where_whatsapp_has_it(courteous, world, ayu, monkeypatch):
    ayu.identities.create(workspace=courteous.workspace, kind="lid", value="777")
    kinds = frozenset({"phone", "lid"})
    from dataclasses import replace

    monkeypatch.setattr(
        CourteousProvider, "capabilities", replace(CourteousProvider.capabilities, identity_kinds=kinds)
    )
    services.mark_read(workspace=courteous.workspace, contact=ayu)
    work_lane_once(courteous)
    assert world.shown[0][1] == "777"


@pytest.fixture
def lane(courteous):
    """A lane as the gateway works it: with its typing."""
    ensure_lanes([courteous.pk])
    [lease] = LaneLeases("test").acquire([courteous.pk])
    provider = CourteousProvider(courteous)
    return LaneWorker(courteous, lease, provider, typing=TypingIndicator(courteous, provider))


def test_an_answer_waits_a_moment_while_it_is_typed(ayu, courteous, world, lane, held):
    queue_service(courteous, [ayu], "Ada, Kak", priority=Message.Priority.REPLY)
    turn = lane.turn()
    assert (turn.attempted, turn.busy) == (0, False)
    assert world.shown == [("typing", AYU, True)]
    assert clock.now() < turn.poll_at <= clock.now() + LONGEST
    assert lane.turn().attempted == 0, "not before its moment"
    assert len(world.shown) == 1
    held.moment = turn.poll_at
    assert lane.turn().attempted == 1
    assert len(world.shown) == 1


def test_typing_is_shown_only_to_people_who_wait_for_an_answer(ayu, courteous, world, lane, held):
    held.moment += timedelta(hours=2)
    people = make_people(courteous.workspace, 2)
    for contact in people:
        contact.identities.update(on_whatsapp=True, checked_at=clock.now())
    queue_service(courteous, [ayu], "Masih minat, Kak?", priority=Message.Priority.REPLY)
    queue_service(courteous, people[:1], priority=Message.Priority.SERVICE)
    queue_promotion(courteous, people[1:])
    assert sum(lane.turn().attempted for _ in range(5)) == 3
    assert world.shown == []


def test_a_crowd_is_served_at_once(ayu, courteous, world, lane):
    for n in range(CROWD + 1):
        queue_service(courteous, [ayu], f"Ada, Kak {n}", priority=Message.Priority.REPLY)
    assert lane.turn().attempted == CROWD + 1
    assert world.shown == []


def test_typing_that_cannot_be_shown_delays_no_message(ayu, courteous, world, lane):
    world.answers = False
    queue_service(courteous, [ayu], "Ada, Kak", priority=Message.Priority.REPLY)
    assert lane.turn().attempted == 1


def test_a_paused_lane_shows_no_typing_indicator(ayu, courteous, world, lane):
    services.pause_lane(channel=courteous, reason="test")
    queue_service(courteous, [ayu], "Ada, Kak", priority=Message.Priority.REPLY)
    lane.turn()
    assert world.shown == []
