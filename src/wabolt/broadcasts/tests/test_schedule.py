"""A scheduled broadcast starts once, even if its job is lost, and never at a time that its owner did not choose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import services, tasks
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast, make_segment
from wabolt.channels.services import archive_channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message, PausedOrigin

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""10.00 in Jakarta on a Monday."""


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def _planned(workspace: Workspace, at: datetime, quiet: tuple[time, time] = (time(20), time(8))) -> Broadcast:
    """Schedules a broadcast for `at` and loses its job."""
    make_agreeing(workspace, 2)
    channel = make_channel(workspace, quiet_from=quiet[0], quiet_until=quiet[1])
    with clock.hold(at - timedelta(hours=1)):
        broadcast = services.schedule(broadcast=make_broadcast(workspace, channel), at=at)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return broadcast


def _states_after(broadcast: Broadcast, now: datetime) -> str:
    with clock.hold(now):
        tasks.start_due()
    broadcast.refresh_from_db()
    return broadcast.state


def _freezes_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'broadcasts.freeze'")
        return int(cursor.fetchone()[0])


def test_lost_job_is_replaced_once(workspace: Workspace) -> None:
    broadcast = _planned(workspace, TEN)
    assert _states_after(broadcast, TEN - timedelta(seconds=1)) == "scheduled"
    assert _states_after(broadcast, TEN + timedelta(minutes=1)) == "freezing"
    assert _states_after(broadcast, TEN + timedelta(minutes=2)) == "freezing"
    assert _freezes_waiting() == 1
    # the late job has nothing to do
    with clock.hold(TEN + timedelta(minutes=3)):
        services.freeze(broadcast_id=broadcast.pk)
        services.start_if_due(broadcast_id=broadcast.pk, scheduled_at=TEN)
    broadcast.refresh_from_db()
    assert broadcast.state == "running"
    assert broadcast.started_at == TEN + timedelta(minutes=1)


def test_far_too_late_start_waits_for_the_owner(workspace: Workspace) -> None:
    broadcast = _planned(workspace, TEN)
    late = TEN + timedelta(days=2)
    assert _states_after(broadcast, late) == "paused"
    assert _freezes_waiting() == 0
    client = signed_in(workspace)
    page = client.get(reverse("broadcasts:detail", args=[broadcast.pk])).content.decode()
    assert "Waktunya sudah lewat" in page
    assert "23 Nov 2026, 10.00 WIB" in page
    assert reverse("broadcasts:resume", args=[broadcast.pk]) in page
    with clock.hold(late + timedelta(hours=1)):
        client.post(reverse("broadcasts:resume", args=[broadcast.pk]))
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.problem) == ("freezing", "")
    assert not PausedOrigin.objects.exists()


def test_late_job_waits_for_the_owner_too(workspace: Workspace) -> None:
    """The machine was off for days, and the job waited in the database."""
    broadcast = _planned(workspace, TEN)
    with clock.hold(TEN + timedelta(days=2)):
        tasks.start_scheduled(broadcast.pk, TEN.isoformat())
    broadcast.refresh_from_db()
    assert broadcast.state == "paused"


def test_quiet_hours_are_no_delay(workspace: Workspace) -> None:
    at_night = TEN + timedelta(hours=13)  # 23.00: nothing would have been sent before 08.00
    assert _states_after(_planned(workspace, at_night), at_night + timedelta(hours=9)) == "freezing"


def test_evening_moved_to_the_next_morning_is_too_late(workspace: Workspace) -> None:
    evening = TEN + timedelta(hours=9)  # 19.00; two hours later it is quiet until the morning
    assert _states_after(_planned(workspace, evening), evening + timedelta(hours=2)) == "paused"


def test_sweep_starts_only_due_broadcasts(workspace: Workspace) -> None:
    paused = _planned(workspace, TEN)
    services.pause(broadcast=paused)
    draft = make_broadcast(workspace, paused.channel, text="Yang lain")
    assert _states_after(paused, TEN + timedelta(minutes=1)) == "paused"
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_problem_is_stored_in_the_shops_language_until_it_is_solved() -> None:
    workspace = make_workspace(language="en")
    broadcast = make_broadcast(workspace)
    Broadcast.objects.filter(pk=broadcast.pk).update(segment_tree={"nonsense": 1}, segment=None, state="freezing")
    with override("id"):  # the language of a worker
        services.freeze(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert broadcast.state == "draft"
    assert broadcast.problem
    Broadcast.objects.filter(pk=broadcast.pk).update(segment=make_segment(workspace, "Lain"))
    broadcast.refresh_from_db()
    services.schedule(broadcast=broadcast, at=clock.now() + timedelta(hours=1))
    services.pause(broadcast=broadcast)
    page = signed_in(workspace).get(reverse("broadcasts:detail", args=[broadcast.pk])).content.decode()
    assert "Its time has passed" not in page


def test_problem_is_shown_in_english_to_an_english_reader() -> None:
    workspace = make_workspace(language="en")
    broadcast = services.start(broadcast=make_broadcast(workspace))
    archive_channel(channel=broadcast.channel)
    with override("id"):
        services.freeze(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert broadcast.problem == "The number of this broadcast is no longer in use. Choose another."


def test_late_immediate_start_waits_for_the_owner(workspace: Workspace) -> None:
    """The machine goes off between "send now" and the freeze."""
    make_agreeing(workspace, 1)
    with clock.hold(TEN):
        broadcast = services.start(broadcast=make_broadcast(workspace, make_channel(workspace)))
    with clock.hold(TEN + timedelta(days=2)):
        services.freeze(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.content_id, Message.objects.count()) == ("paused", None, 0)
    page = signed_in(workspace).get(reverse("broadcasts:detail", args=[broadcast.pk])).content.decode()
    assert "Waktu itu WABolt sedang mati" in page
    with clock.hold(TEN + timedelta(days=2, hours=1)):
        services.resume(broadcast=broadcast)
        services.freeze(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.problem, Message.objects.count()) == ("running", "", 1)


@pytest.mark.django_db(transaction=True)
def test_concurrent_sweeps_start_it_once() -> None:
    workspace = make_workspace()
    broadcast = _planned(workspace, clock.now() + timedelta(hours=1), quiet=(time(0), time(0)))
    Broadcast.objects.filter(pk=broadcast.pk).update(scheduled_at=clock.now() - timedelta(minutes=1))
    both = Barrier(2)

    def look() -> None:
        both.wait(10)
        try:
            tasks.start_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for looking in [pool.submit(look), pool.submit(look)]:
            looking.result()
    broadcast.refresh_from_db()
    assert broadcast.state == "freezing"
    assert _freezes_waiting() == 1


def test_a_time_more_than_a_year_ahead_is_refused() -> None:
    broadcast = make_broadcast(make_workspace())
    with pytest.raises(DomainError) as refused:
        services.schedule(broadcast=broadcast, at=datetime(9999, 12, 31, tzinfo=UTC))
    assert (refused.value.code, refused.value.field) == ("far", "scheduled_at")
