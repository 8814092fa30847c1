"""The ports that give the channel pages lanes and contacts."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases import each

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.registry import LaneState, Person, capabilities
from wabolt.channels.services import archive_channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.services import erase_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging import channel_ports, tasks
from wabolt.messaging.channel_ports import ContactSearch, LaneControl
from wabolt.messaging.gateway.claim import capacity_of
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.outbox.queries import lane_statuses
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_service

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def test_a_lane_that_was_never_worked_has_sent_nothing() -> None:
    channel = make_channel(daily_cap=200)
    assert LaneControl().states(channel.workspace, [channel]) == {channel.pk: LaneState(allowed_today=200)}


def test_yesterday_s_use_is_not_today_s_and_the_warm_up_bounds_the_day() -> None:
    with clock.hold(NOON):
        channel = make_channel(daily_cap=200, warm_up=True, linked_at=NOON)
        Lane.objects.create(channel=channel, day=NOON.date() - timedelta(days=1), sent_today=150)
        state = LaneControl().states(channel.workspace, [channel])[channel.pk]
    assert (state.sent_today, state.allowed_today) == (0, 20)


def test_a_pause_that_has_ended_by_itself_is_none() -> None:
    with clock.hold(NOON) as held:
        channel = make_channel()
        Lane.objects.create(channel=channel, paused_at=NOON, paused_reason="x", resume_at=NOON + timedelta(hours=1))
        assert LaneControl().states(channel.workspace, [channel])[channel.pk].paused_at == NOON
        held.move(hours=1)
        state = LaneControl().states(channel.workspace, [channel])[channel.pk]
    assert state.paused_at is None


def test_what_waits_is_counted_and_more_channels_take_no_more_statements() -> None:
    workspace = make_workspace()
    channels = [make_channel(workspace) for _ in range(3)]
    queue_service(channels[1], make_people(workspace, 2))

    def ask(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            LaneControl().states(workspace, channels[:count])
        return len(captured)

    assert ask(1) == ask(3)
    states = LaneControl().states(workspace, channels)
    assert [states[c.pk].waiting for c in channels] == [0, 2, 0]


def test_pause_and_resume_are_on_record_with_their_reason() -> None:
    channel = make_channel()
    owner = make_member(channel.workspace)
    control = LaneControl()
    control.pause(channel, "stok habis", owner)
    state = control.states(channel.workspace, [channel])[channel.pk]
    assert (state.paused_reason, state.paused_at is not None) == ("stok habis", True)
    control.resume(channel, owner)
    assert control.states(channel.workspace, [channel])[channel.pk].paused_at is None
    entries = AuditEntry.objects.filter(user=owner).order_by("id")
    assert [(e.action, e.data) for e in entries] == [
        ("channel.pause", {"reason": "stok habis"}),
        ("channel.resume", {}),
    ]


def test_what_waits_in_an_archived_number_is_cancelled_with_its_reason() -> None:
    channel_ports.register()
    workspace = make_workspace()
    archived, stays = make_channel(workspace), make_channel(workspace)
    people = make_people(workspace, 2)
    queue_service(archived, people)
    queue_service(stays, people)
    archive_channel(channel=archived)
    assert list(Message.objects.filter(channel=archived).values_list("state", "reason").distinct()) == [
        ("cancelled", "channel_unavailable")
    ]
    assert set(Message.objects.filter(channel=stays).values_list("state", flat=True)) == {"queued"}


def test_what_turns_up_in_an_archived_number_later_ends_with_its_reason() -> None:
    """Queued, or given back by the vendor, just after the number was taken out of use; or in a gateway's hands when
    that died."""
    workspace = make_workspace()
    archived, stays = make_channel(workspace), make_channel(workspace)
    people = make_people(workspace, 2)
    archive_channel(channel=archived)
    [late, held] = queue_service(archived, people)
    [own] = queue_service(stays, people[:1])
    Message.objects.filter(pk=held.pk).update(state="sending", lane_token=7, attempted_at=clock.now())
    Lane.objects.create(channel=archived, token=7, holder="gateway")
    tasks.clear_archived()
    ends = lambda: dict(Message.objects.values_list("pk", "state"))  # noqa: E731
    assert ends() == {late.pk: "cancelled", held.pk: "sending", own.pk: "queued"}, "its gateway may still be at it"
    Message.objects.filter(pk=held.pk).update(attempted_at=clock.now() - timedelta(minutes=11))
    tasks.clear_archived()
    assert ends() == {late.pk: "cancelled", held.pk: "unknown", own.pk: "queued"}


def test_looking_after_archived_numbers_reads_what_waits_and_nothing_else() -> None:
    archived = make_channel()
    archive_channel(channel=archived)
    Lane.objects.update_or_create(channel=archived, defaults={"token": 7, "holder": "gateway"})
    [held] = queue_service(archived, make_people(archived.workspace, 1))
    Message.objects.filter(pk=held.pk).update(
        state="sending", lane_token=7, attempted_at=clock.now() - timedelta(minutes=11)
    )
    with CaptureQueriesContext(connection) as captured:
        tasks.clear_archived()
    statements = [one["sql"] for one in captured if "messaging_message" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # as on a table that is not empty
        plans = []
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    assert len(plans) == 2
    assert "message_lane" in plans[0]
    assert "message_deferred" in plans[0]
    assert not any("Seq Scan on messaging_message" in plan for plan in plans)


def test_people_are_found_by_name_and_number_within_the_workspace_only() -> None:
    workspace = make_workspace()
    ayu = make_contact(workspace, "Ayu Lestari", "+6281234500001")
    gone = make_contact(workspace, "Ayu Pergi", "+6281234500003")
    make_contact(workspace, "Tanpa Nomor", None)
    make_contact(make_workspace(), "Ayu Lain", "+6281234500002")
    erase_contacts(workspace=workspace, ids=[gone.pk])
    book = ContactSearch()
    found = [Person("Ayu Lestari", "+6281234500001")]
    for text in ("ayu", "AYU lest", "34500001", ""):
        assert book.search(workspace, text, 8) == found
    assert book.search(workspace, "tanpa", 8) == []
    assert book.search(workspace, "%", 8) == []
    assert book.names(workspace, ["+6281234500001", "+6281234500002", "+6281234500003"]) == {"+6281234500001": ayu.name}


@each(
    ("number", "lane"),
    [
        ({}, {}),
        ({"state": "offline"}, {}),
        ({"quiet_from": time(11), "quiet_until": time(14)}, {}),
        ({"quiet_from": time(11), "quiet_until": time(14), "options": {"speed": 60}}, {}),  # a clock of its own
        ({}, {"paused_at": NOON}),
        ({}, {"paused_at": NOON, "resume_at": NOON + timedelta(hours=1)}),
        ({}, {"paused_at": NOON - timedelta(hours=2), "resume_at": NOON - timedelta(hours=1)}),
        ({}, {"retry_at": NOON + timedelta(hours=1)}),
        ({"daily_cap": 20}, {"day": NOON.date(), "sent_today": 20}),
        ({"daily_cap": 20}, {"day": NOON.date(), "sent_today": 19}),
        ({"daily_cap": 20}, {"day": NOON.date() - timedelta(days=1), "sent_today": 20}),
    ],
    undone=True,
)
def test_what_a_page_says_of_a_standstill_is_what_the_lane_does(number: dict[str, Any], lane: dict[str, Any]) -> None:
    with clock.hold(NOON):
        channel = make_channel(**{"quiet_from": time(0), "quiet_until": time(0), **number})
        row = Lane.objects.create(channel=channel, **lane)
        rest = lane_statuses(channel.workspace, [channel])[channel.pk].rest
        room = capacity_of(row, capabilities(channel.provider), NOON)
    assert (rest is None) == (room.promotions > 0)
    assert rest is None or rest.until is None or room.poll_at is not None
