"""Opening hours: several intervals a day, holidays, the fasting month, and hours as people type them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.opening_hours import (
    Interval,
    OpeningHours,
    fasting_month,
    is_fasting_day,
    is_public_holiday,
    parse_intervals,
    print_intervals,
)
from wabolt.lib.refusal import Refusal

WIB = ZoneInfo("Asia/Jakarta")


def span(opens: int, closes: int) -> Interval:
    return time(opens), time(closes % 24)


@st.composite
def days(draw: st.DrawFn) -> tuple[Interval, ...]:
    """Up to three intervals that do not overlap; the last one may end after midnight."""
    edges = sorted(draw(st.lists(st.integers(6, 23), max_size=6, unique=True)))
    found = [span(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=False)]
    if found and draw(st.booleans()):
        found[-1] = found[-1][0], time(draw(st.integers(0, 5)))
    return tuple(found)


def minute_by_minute(hours: OpeningHours, at: datetime) -> bool:
    """Whether the shop is open, from the definition of an interval."""
    here = at.astimezone(hours.tz)
    for back in (0, 1):
        for opens, closes in hours.intervals_on(here.date() - timedelta(days=back)):
            past = closes <= opens
            if back == 0 and opens <= here.time() and (past or here.time() < closes):
                return True
            if back == 1 and past and here.time() < closes:
                return True
    return False


@given(st.dictionaries(st.integers(0, 6), days()), st.integers(0, 7 * 24 * 60), st.integers(1, 400))
def test_law_opening_hours_agree_with_counting_each_minute(
    week: dict[int, tuple[Interval, ...]], later: int, minutes: int
) -> None:
    hours = OpeningHours(WIB, week)
    now = datetime(2026, 11, 30, tzinfo=UTC) + timedelta(minutes=later)
    assert hours.is_open(now) == minute_by_minute(hours, now)
    since = hours.waited_since(minutes, now)
    if since is not None:
        moments = (since + timedelta(minutes=count) for count in range(int((now - since).total_seconds()) // 60))
        assert sum(minute_by_minute(hours, moment) for moment in moments) == minutes


def test_a_shop_without_hours_is_never_open() -> None:
    hours = OpeningHours(WIB, {})
    now = datetime(2026, 11, 30, 3, tzinfo=UTC)
    assert (hours.is_open(now), hours.waited_since(1, now)) == (False, None)


def test_single_dates_come_before_holidays_and_the_fasting_month() -> None:
    week = {day: (span(8, 20),) for day in range(7)}
    independence, fasting = date(2026, 8, 17), date(2026, 3, 2)
    hours = OpeningHours(WIB, week, fasting={day: (span(10, 16),) for day in range(7)}, holidays_closed=True)
    assert hours.intervals_on(independence) == ()
    assert hours.intervals_on(fasting) == (span(10, 16),)
    assert hours.intervals_on(date(2026, 4, 1)) == (span(8, 20),)
    special = OpeningHours(WIB, week, holidays_closed=True, special={independence: (span(9, 12),), fasting: ()})
    assert special.intervals_on(independence) == (span(9, 12),)
    assert special.intervals_on(fasting) == ()


def test_the_fasting_month_can_begin_a_day_later() -> None:
    first, last = fasting_month(2026) or (date.min, date.min)
    assert (first, last) == (date(2026, 2, 18), date(2026, 3, 19))
    assert is_fasting_day(first)
    assert not is_fasting_day(last + timedelta(days=1))
    shifted = OpeningHours(WIB, {}, fasting={day: (span(10, 16),) for day in range(7)}, fasting_shift=1)
    assert shifted.intervals_on(first) == ()
    assert shifted.intervals_on(last + timedelta(days=1)) == (span(10, 16),)


def test_the_calendars_end_without_an_error() -> None:
    assert not is_fasting_day(date(1800, 1, 1))
    assert fasting_month(3000) is None
    assert is_public_holiday(date(2026, 12, 25))
    assert not is_public_holiday(date(2026, 11, 30))


@each(
    ("text", "expected"),
    [
        ("08.00-20.00", (span(8, 20),)),
        ("8 - 20", (span(8, 20),)),
        ("jam 9 sampai 17", (span(9, 17),)),
        ("8.30\u201312, 13-17.15", ((time(8, 30), time(12)), (time(13), time(17, 15)))),
        ("13-17, 8-12", (span(8, 12), span(13, 17))),
        ("09:00 s/d 21:00 WIB", (span(9, 21),)),
        ("18-02", ((time(18), time(2)),)),
        ("8-24", ((time(8), time(0)),)),
        ("24 jam", ((time(0), time(0)),)),
        ("Tutup", ()),
        ("", ()),
    ],
)
def test_hours_as_people_type_them(text: str, expected: tuple[Interval, ...]) -> None:
    assert parse_intervals(text) == expected


@each(
    ("text", "code"),
    [
        ("pagi", "not_hours"),
        ("25-30", "not_hours"),
        ("8.75-9", "not_hours"),
        ("8-12, 11-13", "overlapping"),
        ("18-02, 20-22", "overlapping"),
        ("1-2, 3-4, 5-6, 7-8, 9-10", "too_many"),
    ],
)
def test_hours_that_are_refused(text: str, code: str) -> None:
    found = parse_intervals(text)
    assert isinstance(found, Refusal)
    assert found.code == code


@given(days())
def test_law_printed_hours_are_read_back(intervals: tuple[Interval, ...]) -> None:
    assert parse_intervals(print_intervals(intervals)) == intervals


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_hours(text: str) -> None:
    parse_intervals(text)


@given(st.dictionaries(st.integers(0, 6), days()))
def test_law_closed_weekdays_are_those_without_an_open_hour(week: dict[int, tuple[Interval, ...]]) -> None:
    hours = OpeningHours(WIB, week)
    monday = datetime(2026, 11, 2, tzinfo=WIB)
    seen = {at.weekday() for at in (monday + timedelta(minutes=30 * n) for n in range(7 * 48)) if hours.is_open(at)}
    assert hours.closed_weekdays() == set(range(7)) - seen
