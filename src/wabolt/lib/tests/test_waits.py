"""Waits that are stored as moments: over at their end, and over when they began before the clock was set back."""

from datetime import UTC, datetime, timedelta

from wabolt.lib import clock
from wabolt.lib.waits import RunningWaits, running_by_end, running_by_start

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


def runs(waits: RunningWaits, moment: datetime) -> bool:
    return waits.after < moment <= waits.until


def test_a_wait_runs_until_its_end_and_not_longer_than_the_longest() -> None:
    with clock.hold(NOON):
        waits = running_by_end(TEN)
    assert [runs(waits, NOON + timedelta(minutes=minutes)) for minutes in (-1, 0, 1, 10, 11, 12, 70)] == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip


def test_a_wait_that_is_stored_as_its_start_runs_for_its_length() -> None:
    with clock.hold(NOON):
        waits = running_by_start(TEN)
    assert [runs(waits, NOON + timedelta(minutes=minutes)) for minutes in (-11, -10, -9, 0, 1, 2, 60)] == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip
