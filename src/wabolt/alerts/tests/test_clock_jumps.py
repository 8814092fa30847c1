"""The wall clock is set forward or back by an hour: alerts are announced and delivered when they would have been."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count

import pytest

from wabolt.accounts.models import Membership, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts import services
from wabolt.alerts.models import Delivery, QuietHours
from wabolt.alerts.registry import Result
from wabolt.alerts.tests.factories import KIND, Postbox, battery, registered
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 28, 5, tzinfo=UTC)  # 12.00 WIB
DAYS = count()
HOURS = [timedelta(hours=1), timedelta(hours=-1)]


@pytest.fixture
def held() -> Iterator[HeldClock]:
    """Noon of another day for each test: a process remembers the moments that it waits for."""
    with clock.hold(NOON + timedelta(days=next(DAYS))) as moment:
        yield moment


@pytest.fixture(params=HOURS, ids=["forward", "back"])
def jump(request: pytest.FixtureRequest) -> timedelta:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox().connected() as box:
        yield box


@pytest.fixture
def workspace() -> Workspace:
    workspace = make_workspace()
    make_member(workspace)
    return workspace


def run() -> None:
    services.announce_due()
    services.queue_due()
    services.deliver_due(channel="postbox")


def passes(held: HeldClock, postbox: Postbox, minutes: int, at: tuple[int, ...] = ()) -> list[int]:
    """The minutes after which a letter arrived. The work of the background job is done in every minute, or in the
    minutes `at`."""
    arrived, passed = [], 0
    for minute in at or range(minutes):
        held.move(minutes=minute - passed)
        passed, before = minute, len(postbox.letters)
        run()
        if len(postbox.letters) > before:
            arrived.append(minute)
    held.move(minutes=minutes - passed)
    return arrived


def test_grace_and_repeats(workspace: Workspace, postbox: Postbox, held: HeldClock, jump: timedelta) -> None:
    kind = battery(severity="critical", channels=("postbox",), grace=timedelta(minutes=10))
    with registered(kind):
        services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
        assert passes(held, postbox, 3) == []
        with clock.skewed(jump):
            assert passes(held, postbox, 10, at=(0, 6, 7, 8, 9)) == [7]
            held.move(hours=3, minutes=50)
            assert passes(held, postbox, 20, at=(0, 6, 7, 8, 19)) == [7]


def test_unseen_alert_from_before_the_clock_was_set_back(
    workspace: Workspace, postbox: Postbox, held: HeldClock
) -> None:
    with registered(battery(severity="critical", channels=("postbox",))):
        services.open_alert(workspace=workspace, kind=KIND, subject="a", data={"percent": 3})
        with clock.skewed(timedelta(hours=-1)):
            assert passes(held, postbox, 2) == [0]
        services.open_alert(workspace=workspace, kind=KIND, subject="b", data={"percent": 3})
        services.announce_due()
        with clock.skewed(timedelta(hours=-1)):
            assert passes(held, postbox, 2) == [0]


def test_retry(workspace: Workspace, postbox: Postbox, held: HeldClock, jump: timedelta) -> None:
    """The second retry, after five minutes."""
    with registered(battery(severity="critical", channels=("postbox",))):
        services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
        postbox.result = Result("later", "busy")
        assert passes(held, postbox, 3) == [0, 1]
        postbox.result = Result("sent")
        with clock.skewed(jump):
            assert passes(held, postbox, 10, at=(0, 2, 3, 4, 9)) == [3]
        assert Delivery.objects.get().attempts == 3


def test_attempt_of_a_dead_process(workspace: Workspace, postbox: Postbox, held: HeldClock, jump: timedelta) -> None:
    """Its lease lasts ten minutes."""
    with registered(battery(severity="critical", channels=("postbox",))):
        services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
        services.announce_due()
        Delivery.objects.update(attempts=1, due_at=clock.now() + timedelta(minutes=10))
        assert passes(held, postbox, 2) == []
        with clock.skewed(jump):
            assert passes(held, postbox, 12, at=(0, 7, 8, 9, 11)) == [8]


def test_quiet_hours_are_hours_of_the_wall_clock(
    workspace: Workspace, postbox: Postbox, held: HeldClock, jump: timedelta
) -> None:
    member = Membership.objects.get(workspace=workspace)
    QuietHours.objects.create(membership=member, quiet_from=time(11), quiet_until=time(14), waking=[])
    with registered(battery(severity="critical", channels=("postbox",))):
        services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
        assert passes(held, postbox, 10, at=(0, 9)) == []
        with clock.skewed(jump):
            [arrived] = passes(held, postbox, 200, at=(0, 40, 50, 60, 160, 170, 180, 190))
            assert (NOON + timedelta(minutes=10 + arrived) + jump).hour == 7  # 14.00 WIB


def test_cooldown_is_never_longer_than_an_hour(workspace: Workspace, postbox: Postbox, held: HeldClock) -> None:
    with registered(battery(severity="critical", channels=("postbox",))):
        services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
        run()
        services.resolve_alert(workspace=workspace, kind=KIND, subject="phone")
        held.move(seconds=7)
        with clock.skewed(timedelta(hours=-1)):
            services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 2})
            assert passes(held, postbox, 90, at=(0, 6, 54, 60, 66, 84)) == [60]
