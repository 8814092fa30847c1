"""Times of offers and reminders, phases and words, without a database."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.lib.quiet_hours import Hours, quiet_until
from wabolt.optin.rules.events import (
    SHORTEST_OFFER,
    Phase,
    Times,
    accepts,
    free_seats,
    has_seat,
    is_too_late,
    means_cancel,
    offer_times,
    phase_of,
    reminder_times,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
QUIET = Hours(JAKARTA, time(20), time(8))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda value: value.replace(tzinfo=UTC))
hours = st.builds(
    Hours,
    st.sampled_from([JAKARTA, ZoneInfo("Asia/Jayapura"), ZoneInfo("Europe/Berlin")]),
    st.sampled_from([time(20), time(22), time(0)]),
    st.sampled_from([time(7), time(8), time(0)]),
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=JAKARTA)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("starts", "day_before", "hour_before"),
    [
        (local(2026, 12, 5, 10), local(2026, 12, 4, 10), local(2026, 12, 5, 9)),
        (local(2026, 12, 5, 8, 45), local(2026, 12, 4, 8, 45), local(2026, 12, 5, 8)),
        (local(2026, 12, 5, 6), local(2026, 12, 4, 8), local(2026, 12, 4, 19, 30)),
        (local(2026, 12, 5, 22), local(2026, 12, 5, 8), local(2026, 12, 5, 19, 30)),
        (local(2026, 12, 5, 19), local(2026, 12, 4, 19), local(2026, 12, 5, 18)),
    ],
)
def test_reminders_keep_the_night_quiet(starts: datetime, day_before: datetime, hour_before: datetime) -> None:
    assert reminder_times(starts, QUIET) == {"day_before": day_before, "hour_before": hour_before}


def test_a_reminder_follows_the_clock_of_the_place_over_a_change_to_winter_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    starts = datetime(2026, 10, 25, 18, tzinfo=berlin)
    assert reminder_times(starts, Hours(berlin, time(22), time(7)))["day_before"] == datetime(
        2026, 10, 24, 18, tzinfo=berlin
    )


@given(moments, hours)
def test_reminders_come_before_the_event_and_outside_the_quiet_hours(starts: datetime, quiet: Hours) -> None:
    for due in reminder_times(starts, quiet).values():
        assert due < starts
        assert quiet_until(quiet, due) is None


@given(moments, st.timedeltas(timedelta(0), timedelta(days=40)), hours)
def test_an_offer_ends_before_the_event_and_leaves_time_to_answer(
    now: datetime, ahead: timedelta, quiet: Hours
) -> None:
    times = offer_times(now, now + ahead, quiet)
    if times is not None:
        assert now <= times.sent_at < times.until <= now + ahead
        assert times.until - times.sent_at >= SHORTEST_OFFER
        assert quiet_until(quiet, times.sent_at) is None


@given(st.integers(1, 50), st.integers(0, 60), st.integers(0, 5))
def test_a_seat_is_given_only_if_one_is_free(capacity: int, taken: int, waiting: int) -> None:
    free = free_seats(capacity, taken)
    assert free is not None
    assert free >= 0
    assert has_seat(capacity, taken, waiting) == (free > 0 and waiting == 0)
    assert has_seat(None, taken, waiting)


def test_a_late_reminder_is_left_out_for_the_next_one() -> None:
    starts = local(2026, 12, 5, 10)
    day_before, hour_before = starts - timedelta(days=1), starts - timedelta(hours=1)
    assert not is_too_late(day_before, [hour_before], starts, starts - timedelta(hours=3))
    assert is_too_late(day_before, [hour_before], starts, starts - timedelta(minutes=50))
    assert not is_too_late(hour_before, [day_before], starts, starts - timedelta(minutes=50))
    assert is_too_late(hour_before, [day_before], starts, starts)


@pytest.mark.parametrize(
    ("hour", "phase", "with_form"),
    [(-200, Phase.EARLY, False), (-50, Phase.OPEN, True), (-10, Phase.CLOSED, True), (1, Phase.CLOSED, False),
     (3, Phase.OVER, False)],
)  # fmt: skip
def test_the_phases_of_an_event(hour: int, phase: Phase, with_form: bool) -> None:
    starts = local(2026, 12, 5, 10)
    times = Times(starts, starts + timedelta(hours=2), starts - timedelta(hours=100), starts - timedelta(hours=24))
    at = starts + timedelta(hours=hour)
    found = phase_of(times, at, closed=False, cancelled=False)
    assert found is phase
    assert accepts(found, times, at, has_form=True) is with_form
    assert phase_of(times, at, closed=False, cancelled=True) is Phase.CANCELLED


@pytest.mark.parametrize(
    ("text", "cancels"),
    [("BATAL", True), ("batal #ABCD2345", True), ("Maaf ya kak, saya tidak jadi ikut", True),
     ("batal?", False), ("batal transfer", False), ("jangan batal", False), ("stop", False), ("", False)],
)  # fmt: skip
def test_the_word_that_cancels(text: str, cancels: bool) -> None:
    assert means_cancel(text, ["ABCD2345"]) is cancels
