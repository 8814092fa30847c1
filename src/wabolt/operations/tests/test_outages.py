"""Members hear that the database was away for a while, once, after it is back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.alerts.services import acknowledge_alert, resolve_ended
from wabolt.lib import clock
from wabolt.operations.services.outages import OUTAGE_AFTER, Outage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)


def outage(held: clock.HeldClock, seconds: float, *processes: Outage) -> None:
    """The database is away for so long; each process looks every five seconds, one after the other."""
    for process in processes:
        process.failed()
        held.move(seconds=1)
    held.move(seconds=seconds - len(processes))
    for process in processes:
        process.failed()
        held.move(seconds=1)
        process.answered()
        process.answered()


def test_outage_is_one_alert_that_ends_by_itself() -> None:
    workspace = make_workspace()
    with clock.hold(NOON) as held:
        outage(held, 300, Outage(), Outage(), Outage())
        [shown] = open_alerts(workspace, "manager")
        assert datetime.fromisoformat(shown.alert.data["since"]) == NOON
        assert timedelta(seconds=300) <= datetime.fromisoformat(shown.alert.data["until"]) - NOON
        with translation.override("id"):
            [shown] = open_alerts(workspace, "manager")
            assert shown.sentence.startswith("Basis data sempat tidak menjawab selama 5 menit.")
        assert open_alerts(workspace, "agent") == []
        held.move(hours=25)
        resolve_ended()
        assert open_alerts(workspace, "manager") == []


def test_later_outage_is_another_alert_and_a_late_report_opens_none_anew() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    with clock.hold(NOON) as held:
        one, late = Outage(), Outage()
        late.failed()
        outage(held, 60, one)
        acknowledge_alert(alert=Alert.objects.get(), by=owner)
        late.answered()
        assert Alert.objects.count() == 1
        held.move(minutes=10)
        outage(held, 60, one)
        assert Alert.objects.count() == 2


def test_restart_of_the_database_is_no_outage() -> None:
    make_workspace()
    with clock.hold(NOON) as held:
        outage(held, OUTAGE_AFTER - 2, Outage())
        assert not Alert.objects.exists()


@pytest.mark.parametrize("hours", [1, -1])
def test_clock_that_is_set_makes_no_outage(hours: int) -> None:
    make_workspace()
    process = Outage()
    with clock.hold(NOON) as held:
        process.failed()
        with clock.skewed(timedelta(hours=hours)):
            held.move(seconds=5)
            process.answered()
    assert not Alert.objects.exists()
