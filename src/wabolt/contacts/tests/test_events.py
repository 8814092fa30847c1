"""The event log: partitions by month, append-only, and the timeline."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Event
from wabolt.contacts.services.events import partition_name
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock


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
    for broken in ("x", "1767225600000000", "1767225600000000.x", ".", "\x00"):
        assert len(queries.timeline(workspace, contact, after=broken).events) == 8
