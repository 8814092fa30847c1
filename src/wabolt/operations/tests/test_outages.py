"""The alert about an outage of the database."""

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
    """Simulates an outage of so many seconds. Each process checks the database every five seconds."""
    for process in processes:
        process.failed()
        held.move(seconds=1)
    held.move(seconds=seconds - len(processes))
    for process in processes:
        process.failed()
        held.move(seconds=1)
        process.answered()
        process.answered()


def test_outage_has_one_alert_that_resolves_itself() -> None:
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


def test_later_outage_has_its_own_alert_and_a_late_report_has_none() -> None:
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
def test_change_of_the_clock_is_no_outage(hours: int) -> None:
    make_workspace()
    process = Outage()
    with clock.hold(NOON) as held:
        process.failed()
        with clock.skewed(timedelta(hours=hours)):
            held.move(seconds=5)
            process.answered()
    assert not Alert.objects.exists()
