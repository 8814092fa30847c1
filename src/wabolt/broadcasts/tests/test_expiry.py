"""An expired broadcast sends nothing more, and its report gives the reason."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services, tasks
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.broadcasts.tests.pages import body, written
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message, PausedOrigin

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""10.00 in Jakarta."""


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


def _begun(workspace: Workspace, people: int = 3, **fields: object) -> Broadcast:
    """Starts a broadcast at ten o'clock."""
    make_agreeing(workspace, people)
    with clock.hold(TEN):
        broadcast = services.start(broadcast=make_broadcast(workspace, **fields))
        return services.freeze(broadcast_id=broadcast.pk)


def _sums_up(broadcast: Broadcast) -> dict[str, int]:
    found = queries.progress(broadcast)
    assert sum(found.counts.values()) == found.planned
    return found.counts


def test_expired_messages_are_suppressed_with_their_reason(workspace: Workspace, manager: Client) -> None:
    broadcast = _begun(workspace, expires_hours=6)
    assert broadcast.expires_at == TEN + timedelta(hours=6)
    Message.objects.filter(pk=Message.objects.order_by("pk").first().pk).update(state="sent", attempted_at=TEN)  # type: ignore[union-attr]
    with clock.hold(TEN + timedelta(hours=6, seconds=-1)):
        assert services.end_expired() == 0
    with clock.hold(TEN + timedelta(hours=6)):
        tasks.complete_finished()
        broadcast.refresh_from_db()
        assert broadcast.state == "completed"
        assert services.end_expired() == 0
    assert _sums_up(broadcast) == {"sent": 1, "cancelled": 2}
    assert queries.suppressed_reasons(broadcast) == {"expired": 2}
    page = body(manager.get(reverse("broadcasts:detail", args=[broadcast.pk])))
    assert "waktunya sudah lewat sebelum sempat terkirim" in page
    people = body(manager.get(reverse("broadcasts:people", args=[broadcast.pk]), {"reason": "expired"}))
    assert people.count('class="wb-person"') == 2


def test_lane_checks_the_expiry_itself(workspace: Workspace) -> None:
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
    broadcast = _begun(workspace, channel=channel, expires_hours=6)
    with clock.hold(TEN + timedelta(hours=7)):
        assert work_lane_once(channel) == 0
    assert set(Message.objects.values_list("state", "reason")) == {("cancelled", "expired")}
    assert _sums_up(broadcast) == {"cancelled": 3}


def test_paused_broadcast_expires_too(workspace: Workspace) -> None:
    broadcast = _begun(workspace, expires_hours=24)
    services.pause(broadcast=broadcast)
    with clock.hold(TEN + timedelta(days=1)):
        tasks.complete_finished()
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.finished_at) == ("completed", TEN + timedelta(days=1))
    assert not PausedOrigin.objects.exists()
    assert _sums_up(broadcast) == {"cancelled": 3}


def test_message_returned_after_the_expiry_is_not_sent(workspace: Workspace) -> None:
    """Meta's frequency limit asks for a retry after a day; the sale lasts six hours."""
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
    broadcast = _begun(workspace, people=1, channel=channel, expires_hours=6)
    Message.objects.update(state="failed")
    with clock.hold(TEN + timedelta(minutes=1)):
        tasks.complete_finished()
    Message.objects.update(state="queued", not_before=TEN + timedelta(days=1))
    with clock.hold(TEN + timedelta(days=1, minutes=1)):
        tasks.complete_finished()
        assert work_lane_once(channel) == 0
    broadcast.refresh_from_db()
    assert broadcast.state == "completed"
    assert _sums_up(broadcast) == {"cancelled": 1}


def test_default_expiry_is_two_days_after_the_estimate(workspace: Workspace) -> None:
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00", messages_per_minute=1, daily_cap=2)
    broadcast = _begun(workspace, people=3, channel=channel)
    # two today, the third after midnight in Jakarta
    assert broadcast.expires_at is not None
    assert timedelta(days=2, hours=14) < broadcast.expires_at - TEN < timedelta(days=2, hours=14, minutes=5)


def test_hours_of_a_start_at_night_count_from_the_morning(workspace: Workspace) -> None:
    make_agreeing(workspace, 1)
    channel = make_channel(workspace, quiet_from="20:00", quiet_until="08:00")
    evening, morning = TEN + timedelta(hours=11), TEN + timedelta(hours=22)
    with clock.hold(evening):
        draft = make_broadcast(workspace, channel, expires_hours=6)
        preview = queries.preview(Broadcast.objects.select_related("workspace", "channel").get(pk=draft.pk))
        broadcast = services.freeze(broadcast_id=services.start(broadcast=draft).pk)
    assert (preview.starts, preview.expires, preview.is_in_time) == (morning, morning + timedelta(hours=6), True)
    assert broadcast.expires_at == preview.expires


def test_expiry_is_not_later_than_the_voucher(workspace: Workspace) -> None:
    text = "Pakai kode {{ voucher.code }} ya Kak"
    broadcast = _begun(workspace, text=text, voucher_percent=10, voucher_days=1, expires_hours=72)
    assert broadcast.expires_at == TEN + timedelta(days=1)


def test_the_time_is_chosen_checked_and_copied(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 30)
    page = body(manager.get(reverse("broadcasts:new")))
    assert "Kirim paling lambat" not in page, "nothing can be written yet"
    manager.post(reverse("broadcasts:new"), written(workspace, expires_hours="6"))
    broadcast = Broadcast.objects.get()
    assert broadcast.expires_hours == 6
    edit = body(manager.get(reverse("broadcasts:edit", args=[broadcast.pk])))
    assert '<option value="6" selected>' in edit
    assert services.copy_broadcast(broadcast=broadcast).expires_hours == 6
    check = reverse("broadcasts:check", args=[broadcast.pk])
    with clock.hold(TEN):
        assert "Tidak semua sempat" not in body(manager.get(check))
        broadcast.channel.messages_per_minute = 1
        broadcast.channel.daily_cap = 20
        broadcast.channel.save()
        page = body(manager.get(check))
    assert "Tidak semua sempat" in page
    assert "23 Nov 2026, 16.00 WIB" in page


@each("given", ["5", "-1", "x", "6.5"], undone=True)
def test_invalid_expiry_is_refused(workspace: Workspace, manager: Client, given: str) -> None:
    response = manager.post(reverse("broadcasts:new"), written(workspace, expires_hours=given))
    assert response.status_code == 422
    assert not Broadcast.objects.exists()
