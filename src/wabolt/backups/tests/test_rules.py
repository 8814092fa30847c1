"""Rules: the time of the next backup, and the copies to keep."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.backups import rules
from wabolt.backups.rules import History, file_name, is_due, is_old, kept, moment_of, slot

JAKARTA = ZoneInfo("Asia/Jakarta")
ZONES = st.sampled_from([JAKARTA, ZoneInfo("UTC"), ZoneInfo("Asia/Jayapura"), ZoneInfo("Europe/Berlin")])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


@given(st.sets(MOMENTS, max_size=60), MOMENTS, ZONES)
def test_rule_keeps_the_newest_and_never_more_than_its_limit(
    moments: set[datetime], now: datetime, zone: ZoneInfo
) -> None:
    keep = kept(moments, now, zone)
    past = {moment for moment in moments if moment <= now}
    assert keep <= moments
    assert len(keep & past) <= rules.MOST_KEPT
    if past:
        assert max(past) in keep
    if moments:
        assert max(moments) in keep
    assert kept(keep, now, zone) == keep  # a second round deletes nothing


@given(st.sets(MOMENTS, max_size=40), MOMENTS, MOMENTS, ZONES)
def test_dropped_backup_stays_dropped(moments: set[datetime], newer: datetime, now: datetime, zone: ZoneInfo) -> None:
    before = kept(moments, now, zone)
    later = max([now, newer])
    assert kept(moments | {newer}, now, zone) - {newer} <= before
    if newer >= max(moments, default=newer):
        assert kept(before | {newer}, later, zone) == kept(
            {moment for moment in moments if moment in before} | {newer}, later, zone
        )


@given(st.sets(MOMENTS, min_size=1, max_size=40), MOMENTS, ZONES)
def test_backup_dated_in_the_future_is_kept(moments: set[datetime], now: datetime, zone: ZoneInfo) -> None:
    """An empty clock battery sets the clock to the past. Backups must survive that."""
    assert {moment for moment in moments if moment > now} <= kept(moments, now, zone)


@given(st.integers(1, 900), ZONES)
def test_nightly_thinning_leaves_days_weeks_and_months(nights: int, zone: ZoneInfo) -> None:
    start = datetime(2026, 1, 1, 20, tzinfo=UTC)
    there: set[datetime] = set()
    for night in range(nights):
        now = start + timedelta(days=night)
        there = kept(there | {now}, now, zone)
    assert {start + timedelta(days=night) for night in range(max(0, nights - 7), nights)} <= there
    assert len(there) <= rules.MOST_KEPT
    oldest = now - min(there)
    assert oldest >= timedelta(days=min(nights - 1, 330) - 31)


SET_UP = at("2026-11-01T09:00")
NIGHT = time(2, 30)


def test_first_backup_is_made_in_the_first_night() -> None:
    history = History(since=SET_UP)
    assert not is_due(history, at("2026-11-01T23:59"), NIGHT, JAKARTA)
    assert is_due(history, at("2026-11-02T02:30"), NIGHT, JAKARTA)


def test_machine_that_slept_catches_up_once() -> None:
    history = History(SET_UP, complete=[at("2026-11-02T02:31")])
    assert not is_due(history, at("2026-11-03T02:29"), NIGHT, JAKARTA)
    assert is_due(history, at("2026-11-06T08:00"), NIGHT, JAKARTA)
    caught_up = History(SET_UP, complete=[at("2026-11-02T02:31"), at("2026-11-06T08:00")])
    assert not is_due(caught_up, at("2026-11-06T08:05"), NIGHT, JAKARTA)
    assert is_due(caught_up, at("2026-11-07T02:30"), NIGHT, JAKARTA)


def test_failures_are_repeated_with_growing_pauses() -> None:
    failed = [at("2026-11-05T02:31")]
    assert not is_due(History(SET_UP, failed=failed), at("2026-11-05T02:40"), NIGHT, JAKARTA)
    assert is_due(History(SET_UP, failed=failed), at("2026-11-05T02:41"), NIGHT, JAKARTA)
    many = [at("2026-11-05T02:31") + timedelta(hours=4) * n for n in range(5)]
    assert not is_due(History(SET_UP, failed=many), many[-1] + timedelta(hours=3, minutes=59), NIGHT, JAKARTA)
    assert is_due(History(SET_UP, failed=many), many[-1] + timedelta(hours=4), NIGHT, JAKARTA)


def test_request_is_served_once_with_any_result() -> None:
    asked = at("2026-11-05T12:00")
    done = at("2026-11-05T02:31")
    assert is_due(History(SET_UP, [done], requested=asked), asked, NIGHT, JAKARTA)
    after = asked + timedelta(minutes=1)
    assert not is_due(History(SET_UP, [done, after], requested=asked), after, NIGHT, JAKARTA)
    assert not is_due(History(SET_UP, [done], [after], asked), after, NIGHT, JAKARTA)


@given(MOMENTS, st.lists(MOMENTS, max_size=8), st.lists(MOMENTS, max_size=8), TIMES, ZONES)
def test_wrong_clock_stops_backups_for_a_day_at_most(
    now: datetime, complete: list[datetime], failed: list[datetime], moment: time, zone: ZoneInfo
) -> None:
    """A backup is due within a day and the longest backoff, unless one was made in between."""
    history = History(datetime(2019, 1, 1, tzinfo=UTC), complete, failed)
    hours = [now + timedelta(minutes=30) * n for n in range(62)]
    real = [h for h in hours if not any(now < other <= h + rules.TOLERANCE for other in (*complete, *failed))]
    if len(real) == len(hours):
        assert any(is_due(history, hour, moment, zone) for hour in hours)


@given(MOMENTS, TIMES, ZONES)
def test_slot_is_the_last_one_within_a_day(now: datetime, moment: time, zone: ZoneInfo) -> None:
    found = slot(now, moment, zone)
    assert found <= now
    assert now - found <= timedelta(hours=26)  # a day with a change to winter time has 25 hours
    assert (found.hour, found.minute) == (moment.hour, moment.minute)


def test_backup_is_old_after_two_missed_nights() -> None:
    assert not is_old(at("2026-11-05T02:30"), SET_UP, at("2026-11-07T03:00"))
    assert is_old(at("2026-11-05T02:30"), SET_UP, at("2026-11-07T05:00"))
    assert is_old(None, SET_UP, at("2026-11-04T05:00"))
    assert not is_old(None, SET_UP, at("2026-11-02T05:00"))
    assert is_old(at("2030-01-01T00:00"), SET_UP, at("2026-11-07T05:00"))


@given(MOMENTS)
def test_name_and_moment_belong_together(moment: datetime) -> None:
    name = file_name("0a1b2c", moment)
    assert moment_of(name) == moment_of(name, "0a1b2c") == moment
    assert moment_of(name, "ffffff") is None


@pytest.mark.parametrize(
    "name",
    ["toko.wabolt", "wabolt-0a1b2c-20261301T000000Z.wabolt", "wabolt-0a1b2c-20261101T000000Z.wabolt.part", ""],
)
def test_foreign_file_has_no_moment(name: str) -> None:
    assert moment_of(name) is None


@pytest.mark.parametrize(
    ("path", "is_mount", "refused"),
    [
        ("/", True, True), ("/full", False, True), ("/backup", True, False), ("/proc", True, True),
        ("/dev/shm", True, True), ("/etc/x", False, True), ("/etcetera/x", False, False), ("/run/media", False, True),
        ("/run/media/ibu/USB", True, False), ("/media/usb", False, False), ("/home/ibu/cadangan", False, False),
        ("/root", False, True), ("/srv/cadangan", False, False), ("/var/lib/postgresql", False, True),
    ],
)  # fmt: skip
def test_folders_of_the_system(path: str, is_mount: bool, refused: bool) -> None:
    assert rules.belongs_to_system(Path(path), is_mount=is_mount) is refused
