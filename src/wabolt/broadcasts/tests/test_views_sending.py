"""The check page: sending now, sending later, and test messages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.forms import ScheduleForm
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.broadcasts.tests.pages import LIVE, body
from wabolt.channels.services import archive_channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.queries import contacts, find_by_identity
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.messaging.services import work_lane_once
from wabolt.segments.models import Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace(timezone="Asia/Makassar")


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


# The check


def check_url(broadcast: Broadcast) -> str:
    return reverse("broadcasts:check", args=[broadcast.pk])


def test_check_page_shows_every_reason(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 2)
    make_contact(workspace)
    page = body(manager.get(check_url(make_broadcast(workspace))))
    assert "Kirim ke 2 pelanggan" in page
    assert "belum memberi izin" in page


def test_check_names_what_a_new_number_may_send_today(workspace: Workspace, manager: Client) -> None:
    """A number in its warm-up sends less than its daily cap."""
    channel = make_channel(workspace, daily_cap=200, warm_up=True, linked_at=clock.now())
    with clock.hold(datetime(2026, 5, 4, 3, tzinfo=UTC)):
        broadcast = make_broadcast(workspace, channel=channel)
        allowed = queries.preview(broadcast).daily_allowance
        page = body(manager.get(check_url(broadcast)))
    assert 0 < allowed < 200
    assert f"paling banyak {allowed} sehari" in page
    assert "paling banyak 200 sehari" not in page


def test_check_names_the_morning_when_it_is_night(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace, make_channel(workspace, quiet_from="20:00", quiet_until="08:00"))
    with clock.hold(datetime(2026, 11, 22, 15, 0, tzinfo=UTC)):  # 23.00 in Makassar
        page = body(manager.get(check_url(broadcast)))
    assert "23 Nov 2026, 08.00 WITA" in page


def test_repeated_send_starts_once(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace)
    for _ in range(3):
        response = manager.post(check_url(broadcast), {"do": "start"})
        assert response["Location"] == reverse("broadcasts:detail", args=[broadcast.pk])
    broadcast.refresh_from_db()
    assert broadcast.state == "freezing"
    assert AuditEntry.objects.filter(action="broadcast.start").count() == 1


def test_the_number_on_the_button_is_the_number_that_is_sent(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 30)
    broadcast = make_broadcast(workspace, holdout_percent=20)
    preview = queries.preview(broadcast)
    page = body(manager.get(check_url(broadcast)))
    assert f"Kirim ke {preview.recipients} pelanggan" in page
    assert f'name="promised" value="{preview.recipients}"' in page
    manager.post(check_url(broadcast), {"do": "start", "promised": preview.recipients})
    frozen = services.freeze(broadcast_id=broadcast.pk)
    assert frozen.recipients.filter(outcome="queued").count() == preview.recipients
    assert frozen.recipients.filter(outcome="held_out").count() == preview.held_out


def test_changed_audience_needs_a_new_confirmation(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 2)
    broadcast = make_broadcast(workspace)
    make_agreeing(workspace, 1)
    answer = manager.post(check_url(broadcast), {"do": "start", "promised": 2})
    assert answer.status_code == 422
    assert "Kirim ke 3 pelanggan" in body(answer)
    broadcast.refresh_from_db()
    assert broadcast.state == "draft"
    manager.post(check_url(broadcast), {"do": "start", "promised": 3})
    make_agreeing(workspace, 1)
    back = services.freeze(broadcast_id=broadcast.pk)
    assert (back.state, back.recipients.count(), Message.objects.count()) == ("draft", 0, 0)
    assert "4" in back.problem


def test_unknown_action_sends_nothing(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    for data in ({}, {"do": "nonsense"}, {"start": ""}):
        assert manager.post(check_url(broadcast), data).status_code in {200, 422}, data
    broadcast.refresh_from_db()
    assert broadcast.state == "draft"


def test_schedule_reads_the_clock_of_the_shop(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    with clock.hold(datetime(2026, 11, 22, 1, 0, tzinfo=UTC)):
        manager.post(check_url(broadcast), {"do": "schedule", "scheduled_at": "2026-11-22T19:30"})
        page = body(manager.get(reverse("broadcasts:detail", args=[broadcast.pk])))
    broadcast.refresh_from_db()
    assert broadcast.state == "scheduled"
    assert broadcast.scheduled_at == datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
    assert "22 Nov 2026, 19.30 WITA" in page


def test_schedule_refuses_in_place(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = make_broadcast(workspace)
    moments = (
        "", "besok", "2026-13-45T10:00", "9999-12-31T23:59", "2030-01-01T10:00",
        "2026-11-22T19:30<script>alert(1)</script>",
    )  # fmt: skip
    with clock.hold(datetime(2026, 11, 22, 1, 0, tzinfo=UTC)), timezone.override(workspace.tz):  # 09.00 in Makassar
        assert [one for one in moments if ScheduleForm({"scheduled_at": one}).is_valid()] == []
        for moment in ("2026-11-22T08:59", "0001-01-01T00:00", moments[-1]):
            response = manager.post(check_url(broadcast), {"do": "schedule", "scheduled_at": moment})
            assert response.status_code == 422, moment
            assert "is-invalid" in body(response), moment
            assert "<script>alert" not in body(response), moment
            broadcast.refresh_from_db()
            assert broadcast.state == "draft", moment


def test_scheduled_broadcast_can_become_a_draft_again(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    services.schedule(broadcast=broadcast, at=clock.now() + timedelta(days=1))
    response = manager.post(reverse("broadcasts:unschedule", args=[broadcast.pk]))
    assert response["Location"] == reverse("broadcasts:edit", args=[broadcast.pk])
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.scheduled_at) == ("draft", None)


def test_draft_whose_segment_is_gone_asks_for_another(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = make_broadcast(workspace)
    Segment.objects.all().delete()
    page = body(manager.get(check_url(broadcast)))
    assert reverse("broadcasts:edit", args=[broadcast.pk]) in page
    assert 'value="start"' not in page
    assert manager.post(check_url(broadcast), {"do": "start"}).status_code == 422
    broadcast.refresh_from_db()
    assert broadcast.state == "draft"


def test_draft_whose_number_is_gone_asks_for_another(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = make_broadcast(workspace)
    archive_channel(channel=broadcast.channel)
    page = body(manager.get(check_url(broadcast)))
    assert 'value="start"' not in page
    assert manager.post(check_url(broadcast), {"do": "start"}).status_code == 422
    broadcast.refresh_from_db()
    assert broadcast.state == "draft"


def test_broadcast_that_cannot_be_prepared_is_a_draft_again_and_says_why(
    workspace: Workspace, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The field of its text or its channel was archived between the button and the worker."""
    make_agreeing(workspace)
    broadcast = make_broadcast(workspace)
    services.start(broadcast=broadcast)
    Broadcast.objects.filter(pk=broadcast.pk).update(text="Halo {{ contact.shoe }}")
    services.freeze(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert broadcast.state == "draft"
    assert "contact.shoe" in broadcast.problem
    assert "contact.shoe" in body(manager.get(check_url(broadcast)))


# Test messages


def trial(client: Client, broadcast: Broadcast, phone: str) -> str:
    return body(client.post(reverse("broadcasts:test", args=[broadcast.pk]), {"phone": phone}, follow=True))


def test_trial_goes_to_the_owner_with_a_real_persons_data(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    page = trial(manager, make_broadcast(workspace), "0812 3456 7890")
    assert Message.objects.get(origin_kind="test").text.startswith("Halo Ayu 0")
    assert "alert" in page or "toast" in page


def test_trial_creates_no_contact(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace)
    before = contacts(workspace).count()
    for _ in range(2):
        trial(manager, broadcast, "0812 3456 7890")
    assert contacts(workspace).count() == before
    assert find_by_identity(workspace, "phone", "+6281234567890") is None
    work_lane_once(broadcast.channel)
    assert set(Message.objects.values_list("to_phone", "state")) == {("+6281234567890", "sent")}


def test_trial_needs_a_phone_number(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    for phone in ("", "abc", "0812", "<script>alert(1)</script>", "0812\x003456", "9" * 300):
        page = trial(manager, broadcast, phone)
        assert not Message.objects.exists(), phone
        assert not [part for part in LIVE if part in page], phone


def test_trial_of_a_text_that_no_longer_works_sends_nothing(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    Broadcast.objects.update(text="Halo {{ contact.shoe }}")
    assert "contact.shoe" in trial(manager, broadcast, "081234567890")
    assert not Message.objects.exists()
    assert not AuditEntry.objects.filter(action="broadcast.test").exists()


def test_services_refuse_actions_that_pages_do_not_offer(workspace: Workspace) -> None:
    gone = make_broadcast(workspace)
    Segment.objects.all().delete()
    gone.refresh_from_db()
    attempts: list[Callable[[], object]] = [
        lambda: services.start(broadcast=gone),
        lambda: services.schedule(broadcast=gone, at=clock.now() + timedelta(hours=1)),
        lambda: services.copy_broadcast(broadcast=gone),
    ]
    for attempt in attempts:
        with pytest.raises(DomainError) as refused:
            attempt()
        assert refused.value.code == "no_segment"


def test_buttons_of_a_refused_trial_still_send(workspace: Workspace, manager: Client) -> None:
    """The page is drawn at the address of the test message: each form names its own address."""
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace)
    page = body(manager.post(reverse("broadcasts:test", args=[broadcast.pk]), {"phone": "12"}))
    main = page[page.index("<main") :]
    assert "Nomor “12” terlalu pendek" in main
    assert re.findall(r'<form method="post"(?! action=")', main) == []
