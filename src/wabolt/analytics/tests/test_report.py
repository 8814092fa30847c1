from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.analytics import queries
from wabolt.broadcasts import services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.commerce.models import Voucher
from wabolt.commerce.tests.factories import make_order
from wabolt.consent.services import ConsentStatement, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
from wabolt.lib import clock
from wabolt.messaging.models import Click, Message, TrackedLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def _sent(workspace: Workspace, at: datetime, count: int = 3, **fields: object) -> tuple[Broadcast, list[Contact]]:
    """A broadcast whose messages all left at `at`."""
    people = make_agreeing(workspace, count)
    text = f"Lihat https://toko.example/{at.isoformat()} ya Kak"
    broadcast = make_broadcast(workspace, text=text, **fields)
    services.start(broadcast=broadcast)
    broadcast = services.freeze(broadcast_id=broadcast.pk)
    Message.objects.filter(origin_id=broadcast.pk).update(state="sent", attempted_at=at, sent_at=at)
    Broadcast.objects.filter(pk=broadcast.pk).update(started_at=at)
    broadcast.started_at = at
    return broadcast, people


def _click(broadcast: Broadcast, contact: Contact, at: datetime, *, is_bot: bool = False) -> None:
    message = Message.objects.get(origin_kind="broadcast", origin_id=broadcast.pk, contact=contact)
    link = TrackedLink.objects.get(content=broadcast.content)
    Click.objects.create(link=link, message=message, contact_id=message.contact_id, at=at, is_bot=is_bot)


def test_report_adds_up(workspace: Workspace) -> None:
    now = clock.now()
    broadcast, _ = _sent(workspace, now - timedelta(days=2))
    messages = list(Message.objects.filter(origin_id=broadcast.pk).order_by("id"))
    Message.objects.filter(pk=messages[0].pk).update(state="read", delivered_at=now, read_at=now)
    Message.objects.filter(pk=messages[1].pk).update(state="failed", sent_at=None)
    report = queries.report(broadcast)
    assert (report.progress.sent, report.delivered, report.read) == (2, 1, 1)
    assert report.progress.planned == report.progress.sent + report.progress.count("failed")


def test_a_stop_without_a_message_is_no_answer_to_a_broadcast(workspace: Workspace) -> None:
    broadcast, people = _sent(workspace, clock.now() - timedelta(days=1))
    for person, source in zip(people, ("stop_word", "import", "merge"), strict=True):
        withdraw(workspace=workspace, contact_ids=[person.pk], statement=ConsentStatement("marketing", source))
    erase_contacts(workspace=workspace, ids=[people[2].pk])
    assert queries.report(broadcast).opted_out == 1


def test_order_after_a_click_counts_within_the_window(workspace: Workspace) -> None:
    at = clock.now() - timedelta(days=20)
    broadcast, (first, second, third) = _sent(workspace, at, attribution_days=7)
    for person in (first, second):
        _click(broadcast, person, at)
    _click(broadcast, third, at, is_bot=True)
    make_order(workspace, first.pk, "IN", ordered_at=at + timedelta(days=6), total=150_000)
    make_order(workspace, second.pk, "LATE", ordered_at=at + timedelta(days=8), total=150_000)
    make_order(workspace, third.pk, "BOT", ordered_at=at + timedelta(days=1), total=150_000)
    report = queries.report(broadcast)
    assert (report.clicked, report.orders, report.revenue) == (2, 1, 150_000)


def test_order_belongs_to_the_last_click_only(workspace: Workspace) -> None:
    at = clock.now() - timedelta(days=9)
    older, people = _sent(workspace, at, 1)
    services.complete_finished()
    newer = make_broadcast(workspace, text="Lagi https://toko.example/dua")
    services.start(broadcast=newer)
    newer = services.freeze(broadcast_id=newer.pk)
    _click(older, people[0], at)
    _click(newer, people[0], at + timedelta(days=3))
    make_order(workspace, people[0].pk, "A", ordered_at=at + timedelta(days=4), total=80_000)
    assert queries.revenue_of(workspace.pk, "broadcast", [older.pk, newer.pk]) == {newer.pk: (1, 80_000)}


def test_voucher_beats_a_click(workspace: Workspace) -> None:
    at = clock.now() - timedelta(days=9)
    with_voucher, people = _sent(workspace, at, 1, voucher_percent=10)
    clicked = make_broadcast(workspace, text="Lagi https://toko.example/dua")
    services.start(broadcast=clicked)
    clicked = services.freeze(broadcast_id=clicked.pk)
    _click(clicked, people[0], at + timedelta(days=1))
    code = Voucher.objects.get(contact=people[0]).code
    make_order(workspace, people[0].pk, "A", ordered_at=at + timedelta(days=2), total=80_000, voucher_code=code)
    earned = queries.revenue_of(workspace.pk, "broadcast", [with_voucher.pk, clicked.pk])
    assert earned == {with_voucher.pk: (1, 80_000)}


def test_course_counts_in_local_hours_and_adds_up(workspace: Workspace) -> None:
    at = clock.now() - timedelta(hours=5)
    broadcast, people = _sent(workspace, at)
    _click(broadcast, people[0], at + timedelta(hours=1))
    make_order(workspace, people[0].pk, "A", ordered_at=at + timedelta(hours=2), total=80_000)
    steps = queries.course(broadcast, clock.now())
    assert sum(step.sent for step in steps) == 3
    assert [sum(getattr(step, name) for step in steps) for name in ("clicked", "orders", "revenue")] == [1, 1, 80_000]
    assert steps == sorted(steps, key=lambda step: step.at)


def test_course_has_no_gaps_and_shows_where_it_was_read(workspace: Workspace) -> None:
    at = clock.now() - timedelta(days=9)
    broadcast, _people = _sent(workspace, at)
    messages = Message.objects.filter(origin_id=broadcast.pk).order_by("id")
    first, second, third = messages
    Message.objects.filter(pk=first.pk).update(read_at=at + timedelta(hours=7))
    steps = queries.course(broadcast, clock.now())
    assert {later.at - earlier.at for earlier, later in pairwise(steps)} == {timedelta(hours=1)}
    assert [step.read for step in steps] == [0] * (len(steps) - 1) + [1]
    for late in (second, third):
        Message.objects.filter(pk=late.pk).update(read_at=at + timedelta(days=5))
    steps = queries.course(broadcast, clock.now())
    assert {later.at - earlier.at for earlier, later in pairwise(steps)} == {timedelta(days=1)}
    assert (sum(step.sent for step in steps), sum(step.read for step in steps)) == (3, 3)


def test_rows_of_the_export_hold_every_recipient(workspace: Workspace) -> None:
    broadcast, people = _sent(workspace, clock.now() - timedelta(days=1))
    rows = list(queries.recipient_rows(broadcast))
    assert sorted(row[0] for row in rows) == [person.pk for person in people]  # frozen in any order
    assert {row[3] for row in rows} == {"sent"}


def test_overview_counts_permission_by_local_day(workspace: Workspace) -> None:
    make_agreeing(workspace, 2)
    make_agreeing(make_workspace("Toko Lain"), 1)
    counts = queries.overview(workspace, clock.now())
    assert (counts.people, counts.agreed, counts.granted, counts.withdrawn) == (2, 2, 2, 0)
    assert len(counts.growth) == 30
    assert counts.growth[-1].granted == 2
