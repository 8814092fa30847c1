"""The alert about customers who wait for an answer, within the opening hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.inbox import services
from wabolt.inbox.models import AnswerTime
from wabolt.inbox.rules import OpeningHours, waited_since
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_read

MONDAY = date(2026, 11, 30)


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    """A moment of a shop in WIB, on Monday or `day` days later."""
    return datetime.combine(MONDAY + timedelta(days=day), time(hour, minute), tzinfo=UTC) - timedelta(hours=7)


def open_minutes(hours: OpeningHours, start: datetime, end: datetime) -> int:
    """Open minutes between two moments, counted one by one."""
    count = 0
    while start < end:
        day, clock_time = start.weekday(), start.time()
        if hours.opens < hours.closes:
            is_open = day in hours.days and hours.opens <= clock_time < hours.closes
        else:
            is_open = (day in hours.days and clock_time >= hours.opens) or (
                (day - 1) % 7 in hours.days and clock_time < hours.closes
            )
        count += is_open
        start += timedelta(minutes=1)
    return count


FULL_HOURS = st.integers(0, 23).map(time)


@given(
    st.sets(st.integers(0, 6), min_size=1), FULL_HOURS, FULL_HOURS, st.integers(1, 24 * 60), st.integers(0, 7 * 24 * 60)
)
def test_law_the_wait_counts_open_minutes_only(
    days: set[int], opens: time, closes: time, minutes: int, later: int
) -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC) + timedelta(minutes=later)
    hours = OpeningHours(UTC, sorted(days), opens, closes)
    since = waited_since(hours, minutes, now)
    if since is not None:
        assert open_minutes(hours, since, now) == minutes
        assert open_minutes(hours, since + timedelta(minutes=1), now) == minutes - 1


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def write(workspace: Workspace, moment: datetime) -> Conversation:
    """A customer writes at this moment, and no member has read it."""
    contact = make_contact(workspace)
    return Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=contact, last_inbound_at=moment, unread=1
    )


def is_open() -> bool:
    services.check_waiting()
    return Alert.objects.filter(kind=services.WAITING, resolved_at=None).exists()


def test_a_customer_who_waits_longer_than_an_open_hour_is_told_until_read(workspace: Workspace) -> None:
    with clock.hold(at(10)) as held:
        conversation = write(workspace, at(9, 30))
        assert not is_open()
        held.move(minutes=30)
        assert is_open()
        assert [one.sentence for one in open_alerts(workspace, "agent")] == ["1 pelanggan menunggu dijawab."]
        Conversation.objects.filter(pk=conversation.pk).update(unread=0)
        assert not is_open()


def test_the_night_does_not_count(workspace: Workspace) -> None:
    with clock.hold(at(8, 30, day=1)) as held:
        write(workspace, at(19, 40))
        assert not is_open(), "20 minutes in the evening and 30 in the morning"
        held.move(minutes=10)
        assert is_open()


def test_other_shops_are_not_told_and_the_alert_can_be_turned_off(workspace: Workspace) -> None:
    other = make_workspace("Lain")
    with clock.hold(at(12)):
        write(workspace, at(9))
        services.check_waiting()
        assert open_alerts(other, "owner") == []
        AnswerTime.objects.create(workspace=workspace, minutes=0)
        assert not is_open()


def test_settings_are_saved_with_an_audit_entry(workspace: Workspace) -> None:
    client = signed_in(workspace)
    form = {"minutes": "15", "opens": "09:00", "closes": "21:00", "days": ["0", "5"]}
    assert client.post("/settings/answer-time/", form).status_code == 302
    stored = AnswerTime.objects.get()
    assert (stored.minutes, stored.days) == (15, [0, 5])
    assert AuditEntry.objects.get(action="inbox.change_answer_time").data["minutes"] == ["60", "15"]
    refused = client.post("/settings/answer-time/", {**form, "days": []})
    assert refused.status_code == 422
    assert "satu hari" in refused.content.decode()


def test_reading_a_conversation_ends_the_wait(workspace: Workspace) -> None:
    with clock.hold(at(12)):
        conversation = write(workspace, at(9))
        assert is_open()
        mark_read(workspace=workspace, contact=conversation.contact)
        assert not is_open()
