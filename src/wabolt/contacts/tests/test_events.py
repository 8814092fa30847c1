"""The event log: partitions by month, append-only, and followers that skip nothing."""

import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.queries import Cursor
from wabolt.contacts.services.events import partition_name
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock


def second_connection() -> psycopg.Connection:
    """A session of its own on the test's database, as another process would have."""
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})


def append(session: psycopg.Connection, workspace: Workspace, contact: Contact, kind: str) -> None:
    session.execute(
        "INSERT INTO contacts_event (workspace_id, contact_id, kind, time) VALUES (%s, %s, %s, now())",
        [workspace.pk, contact.pk, kind],
    )


def follow_all(cursor: Cursor, count: int, limit: int = 1000) -> tuple[list[str], Cursor]:
    """Follows until `count` kinds are there. A suite on another database of the same server can hold us back for a
    moment: its open transactions have numbers of the same row."""
    seen: list[str] = []
    patience, pause = time.monotonic() + 60, threading.Event()
    while len(seen) < count and time.monotonic() < patience:
        events, cursor = queries.follow(cursor, limit=limit)
        seen += [event.kind for event in events]
        if not events:
            pause.wait(0.02)
    return seen, cursor


@pytest.mark.django_db(transaction=True)
def test_follow_never_skips_a_row_that_commits_late() -> None:
    """A begins first and commits last. Between the two, B's row stands but must wait behind A's."""
    workspace = make_workspace()
    contact = make_contact(workspace)
    start = queries.end_of_log()
    with second_connection() as a, second_connection() as b:
        append(a, workspace, contact, "late")
        append(b, workspace, contact, "early")
        b.commit()
        seen, cursor = queries.follow(start)
        assert seen == []
        a.commit()
        kinds, cursor = follow_all(cursor, 2)
        assert kinds == ["late", "early"]
        assert queries.follow(cursor) == ([], cursor)


@pytest.mark.django_db(transaction=True)
def test_follow_reads_on_in_portions_without_a_hole() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    cursor = queries.end_of_log()
    for portion in ("a", "b", "c"):
        events = [services.NewEvent(contact.pk, f"{portion}{n}") for n in range(4)]
        services.record_events(workspace=workspace, events=events)
    seen, _ = follow_all(cursor, 12, limit=5)
    assert seen == [f"{portion}{n}" for portion in "abc" for n in range(4)]
    only, _ = queries.follow(Cursor(), limit=50, kinds=["b1", "c2"])
    assert [event.kind for event in only] == ["b1", "c2"]


@pytest.mark.django_db
def test_event_log_is_append_only() -> None:
    make_contact(make_workspace())
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_event SET kind = 'x'")


def partition_of(event: Event) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM contacts_event WHERE id = %s", [event.id])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_events_land_in_their_month_or_in_the_rest() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    now = clock.now()
    long_ago = datetime(2011, 5, 1, tzinfo=UTC)
    services.record_events(
        workspace=workspace,
        events=[services.NewEvent(contact.pk, "now"), services.NewEvent(contact.pk, "old", long_ago)],
    )
    assert partition_of(Event.objects.get(kind="now")) == partition_name(now.year * 12 + now.month - 1)
    assert partition_of(Event.objects.get(kind="old")) == "contacts_event_rest"


@pytest.mark.django_db
def test_ensure_event_partitions_moves_what_waited_and_runs_twice() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    future = datetime(2071, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)
    moments = [future, future + timedelta(microseconds=1)]
    events = [services.NewEvent(contact.pk, f"m{n}", moment) for n, moment in enumerate(moments)]
    services.record_events(workspace=workspace, events=events)
    with clock.hold(datetime(2071, 3, 5, tzinfo=UTC)):
        assert services.ensure_event_partitions(back=0, ahead=0) == ["contacts_event_2071_03"]
        assert services.ensure_event_partitions(back=0, ahead=0) == []
    assert partition_of(Event.objects.get(kind="m0")) == "contacts_event_2071_03"
    assert partition_of(Event.objects.get(kind="m1")) == "contacts_event_rest"
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_event_2071_03 SET kind = 'x'")


@pytest.mark.django_db
def test_timeline_pages_newest_first_by_kind_and_workspace(django_assert_num_queries: object) -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    start = clock.now() + timedelta(hours=1)
    events = [
        services.NewEvent(contact.pk, "tick" if n % 2 else "tock", start + timedelta(seconds=n // 3)) for n in range(7)
    ]
    services.record_events(workspace=workspace, events=events)
    seen, after = [], ""
    while True:
        with django_assert_num_queries(1):  # type: ignore[operator]
            page = queries.timeline(workspace, contact, kinds=["tick", "tock"], after=after, limit=3)
        seen += [event.id for event in page.events]
        after = page.next
        if not after:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7
    assert queries.kinds_of(workspace, contact) == ["contact_created", "tick", "tock"]
    assert queries.timeline(make_workspace("Lain"), contact).events == []
    for broken in ("x", "2026-01-01_1", "2026-01-01T00:00:00+00:00_x", "_", "\x00"):
        assert len(queries.timeline(workspace, contact, after=broken).events) == 8
