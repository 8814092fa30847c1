"""Reading the event log: late commits, windows, kinds, and another cluster's transaction ids."""

import psycopg
import pytest
from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Consumer, Contact, Event
from wabolt.contacts.queries import Offset
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db(transaction=True)


def second_connection() -> psycopg.Connection:
    """A session of its own on the test's database, as another process would have."""
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})


def append(session: psycopg.Connection, workspace: Workspace, contact: Contact, kind: str) -> None:
    session.execute(
        "INSERT INTO contacts_event (workspace_id, contact_id, kind, time) VALUES (%s, %s, %s, now())",
        [workspace.pk, contact.pk, kind],
    )


def settled_end() -> Offset:
    """Returns the end of the log, behind every event that exists."""
    wait_for_horizon()
    return queries.end_of_log()


def read_kinds(start: Offset, limit: int = 1000) -> tuple[list[str], Offset]:
    """Returns the kinds of all events behind `start`, and the end of the last window."""
    wait_for_horizon()
    kinds: list[str] = []
    while (window := queries.read_log(start, limit)).size:
        kinds += [event.kind for event in window.events]
        start = window.end
    return kinds, start


def test_a_row_that_commits_late_is_not_skipped() -> None:
    """A begins first and commits last. Meanwhile B's committed row waits behind A's."""
    workspace = make_workspace()
    contact = make_contact(workspace)
    start = settled_end()
    with second_connection() as a, second_connection() as b:
        append(a, workspace, contact, "late")
        append(b, workspace, contact, "early")
        b.commit()
        window = queries.read_log(start, 10)
        assert (window.size, window.end) == (0, start)
        a.commit()
        kinds, end = read_kinds(start)
        assert kinds == ["late", "early"]
        assert queries.read_log(end, 10).size == 0


def test_windows_follow_each_other_without_a_hole() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    start = settled_end()
    for portion in ("a", "b", "c"):
        events = [services.NewEvent(contact.pk, f"{portion}{n}") for n in range(4)]
        services.record_events(workspace=workspace, events=events)
    kinds, _ = read_kinds(start, limit=5)
    assert kinds == [f"{portion}{n}" for portion in "abc" for n in range(4)]


def test_a_window_of_some_kinds_ends_behind_the_others() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    start = settled_end()
    events = [services.NewEvent(contact.pk, kind, data={"n": 7}) for kind in ("x", "wanted", "x", "x")]
    services.record_events(workspace=workspace, events=events)
    wait_for_horizon()
    window = queries.read_log(start, 10, {"wanted"})
    assert [(event.kind, event.data) for event in window.events] == [("wanted", {"n": 7})]
    everything = queries.read_log(start, 10)
    assert [event.data for event in everything.events] == [{"n": 7}] * 4
    assert (window.size, window.end) == (everything.size, everything.end)
    assert window.end.event_id == Event.objects.order_by("-id").first().id
    assert queries.read_log(window.end, 10, {"wanted"}).size == 0


def lift_log(by: int) -> None:
    """Makes the log look as if it came from a cluster that had used `by` more transaction ids."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contacts_event DISABLE TRIGGER contacts_event_append_only")
        cursor.execute("UPDATE contacts_event SET position = position + %s", [by])
        cursor.execute("UPDATE contacts_consumer SET position = position + %s", [by])
        cursor.execute("ALTER TABLE contacts_event ENABLE TRIGGER contacts_event_append_only")


@pytest.fixture
def _shift_is_put_back() -> object:
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION contacts_event_shift() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE"
            " AS 'SELECT 0::bigint'"
        )


@pytest.mark.usefixtures("_shift_is_put_back")
def test_rebase_makes_old_offsets_read_the_rest_and_new_events() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    start = settled_end()
    events = [services.NewEvent(contact.pk, f"old{n}") for n in range(6)]
    services.record_events(workspace=workspace, events=events)
    order, _ = read_kinds(start)  # events of one statement have no order of their own
    half = queries.read_log(start, 3).end
    Consumer.objects.create(name="half", position=half.position, event_id=half.event_id)
    assert services.rebase_event_log() is False
    Consumer.objects.create(name="at_end", position=half.position + 10_000, event_id=2**63 - 1)
    lift_log(5_000_000_000)
    for _ in range(2):  # a second restore into a third cluster
        assert services.rebase_event_log() is True
        assert services.rebase_event_log() is False
        services.record_events(workspace=workspace, events=[services.NewEvent(contact.pk, "new")])
        row = Consumer.objects.get(name="half")
        kinds, _ = read_kinds(Offset(row.position, row.event_id))
        assert kinds[:4] == [*order[3:], "new"]
        row = Consumer.objects.get(name="at_end")
        kinds, _ = read_kinds(Offset(row.position, row.event_id))
        assert kinds[0] == "new"
        lift_log(5_000_000_000)
