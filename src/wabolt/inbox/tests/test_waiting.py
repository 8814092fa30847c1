"""The alert about customers who wait for an answer, within the opening hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.inbox import services
from wabolt.inbox.models import AnswerTime
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_answered, mark_read

MONDAY = date(2026, 11, 30)


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    """A moment of a shop in WIB, on Monday or `day` days later."""
    return datetime.combine(MONDAY + timedelta(days=day), time(hour, minute), tzinfo=UTC) - timedelta(hours=7)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def write(workspace: Workspace, moment: datetime) -> Conversation:
    """A customer writes at this moment, and no member has answered."""
    contact = make_contact(workspace)
    return Conversation.objects.create(
        workspace=workspace,
        channel=make_channel(workspace),
        contact=contact,
        last_inbound_at=moment,
        unread=1,
        unanswered=1,
    )


def is_open() -> bool:
    services.check_waiting()
    return Alert.objects.filter(kind=services.WAITING, resolved_at=None).exists()


def test_a_customer_who_waits_longer_than_an_open_hour_is_told_until_answered(workspace: Workspace) -> None:
    with clock.hold(at(10)) as held:
        conversation = write(workspace, at(9, 30))
        assert not is_open()
        held.move(minutes=30)
        assert is_open()
        sentence = "1 pelanggan menunggu lebih dari 1 jam (7 hari terakhir)."
        assert [one.sentence for one in open_alerts(workspace, "agent")] == [sentence]
        Conversation.objects.filter(pk=conversation.pk).update(unanswered=0)
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


def test_erased_people_wait_for_nothing(workspace: Workspace) -> None:
    with clock.hold(at(12)):
        conversation = write(workspace, at(9))
        assert is_open()
        Contact.objects.filter(pk=conversation.contact_id).update(erased_at=clock.now())
        assert not is_open()


def test_settings_are_saved_with_an_audit_entry(workspace: Workspace) -> None:
    client = signed_in(workspace)
    assert client.post("/settings/answer-time/", {"minutes": "15"}).status_code == 302
    assert AnswerTime.objects.get().minutes == 15
    assert AuditEntry.objects.get(action="inbox.change_answer_time").data["minutes"] == ["60", "15"]
    assert client.post("/settings/answer-time/", {"minutes": "-1"}).status_code == 422


def test_an_answer_ends_the_wait_and_reading_does_not(workspace: Workspace) -> None:
    with clock.hold(at(12)):
        conversation = write(workspace, at(9))
        assert is_open()
        mark_read(workspace=workspace, contact=conversation.contact)
        assert is_open()
        mark_answered(workspace=workspace, contact=conversation.contact)
        assert not is_open()


def test_the_alert_leads_to_exactly_those_whom_it_counts(workspace: Workspace) -> None:
    """The inbox counts all unanswered conversations, the alert those of the last days that have waited too long."""
    client = signed_in(workspace)
    AnswerTime.objects.create(workspace=workspace, minutes=90)
    with clock.hold(at(12, day=1)):
        late = [write(workspace, at(9 + number)) for number in range(2)]
        fresh, forgotten = write(workspace, at(11, day=1)), write(workspace, at(9, day=-8))
        services.check_waiting()
        (alert,) = open_alerts(workspace, "agent")
        assert alert.sentence == "2 pelanggan menunggu lebih dari 1 jam 30 menit (7 hari terakhir)."
        shown = client.get(alert.url)
        assert {row.conversation_id for row in shown.context["page"].conversations} == {one.pk for one in late}
        assert (shown.context["late_count"], shown.context["waiting"]) == (2, 4)
        explained = "menunggu lebih dari 1 jam 30 menit selama toko buka"
        assert explained in shown.content.decode()
        everyone = client.get("/inbox/?show=waiting")
        found = {row.conversation_id for row in everyone.context["page"].conversations}
        assert found == {one.pk for one in (*late, fresh, forgotten)}
        assert explained not in everyone.content.decode()
        Conversation.objects.update(unanswered=0)
        assert "Tidak ada yang menunggu lebih dari 1 jam 30 menit" in client.get(alert.url).content.decode()


def test_an_alert_that_was_turned_off_leads_to_all_who_wait(workspace: Workspace) -> None:
    client = signed_in(workspace)
    AnswerTime.objects.create(workspace=workspace, minutes=0)
    with clock.hold(at(12)):
        conversation = write(workspace, at(9))
        shown = client.get("/inbox/?show=late")
        assert [row.conversation_id for row in shown.context["page"].conversations] == [conversation.pk]
        assert shown.context["only_waiting"]
