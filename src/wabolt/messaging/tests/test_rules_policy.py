"""May this go to this person now?"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.messaging.outbox.rules.pace import (
    LaneFacts,
    Pace,
    Standstill,
    batch_size,
    daily_allowance,
    finish_estimate,
    gap,
    standstill,
)
from wabolt.messaging.outbox.rules.policy import (
    ALLOWED,
    Hours,
    Limits,
    SendFacts,
    cap_windows,
    may_send,
    next_day,
    quiet_until,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
NIGHT = Hours(JAKARTA, time(20), time(8))
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)  # 12.00 WIB
GOOD = SendFacts("marketing", NIGHT, Limits(1, 3), consent="granted", room_today=10)


def test_may_send_allows_a_promotion_with_consent_by_day():
    assert may_send(GOOD, NOON) == ALLOWED


@each(
    ("change", "reason"),
    [
        ({"erased": True}, "erased"),
        ({"reachable": False}, "no_number"),
        ({"consent": None}, "no_consent"),
        ({"consent": "withdrawn"}, "opted_out"),
        ({"consent": "withdrawn", "suppressed": True, "reachable": False}, "opted_out"),
        ({"suppressed": True}, "suppressed_number"),
        ({"sent_day": 1}, "frequency_cap"),
        ({"sent_week": 3}, "frequency_cap"),
    ],
)
def test_may_send_refuses_finally(change, reason):
    decision = may_send(replace(GOOD, **change), NOON)
    assert (decision.allowed, decision.reason, decision.not_before) == (False, reason, None)


def test_may_send_waits_for_the_end_of_quiet_hours_and_for_tomorrow():
    evening = datetime(2026, 11, 22, 14, tzinfo=UTC)  # 21.00 WIB
    waits = may_send(GOOD, evening)
    assert (waits.reason, waits.not_before) == ("quiet_hours", datetime(2026, 11, 23, 1, tzinfo=UTC))
    waits = may_send(replace(GOOD, room_today=0), NOON)
    assert (waits.reason, waits.not_before) == ("daily_cap", datetime(2026, 11, 22, 17, tzinfo=UTC))


def test_may_send_lets_service_through_at_night_after_a_stop():
    facts = replace(GOOD, purpose="service", consent="withdrawn", suppressed=True, sent_day=9, room_today=0)
    assert may_send(facts, datetime(2026, 11, 22, 18, tzinfo=UTC)) == ALLOWED
    assert may_send(replace(facts, reachable=False), NOON).reason == "no_number"


hours = st.builds(
    Hours, st.just(JAKARTA), st.times().map(_whole := lambda t: t.replace(microsecond=0)), st.times().map(_whole)
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
facts = st.builds(
    SendFacts,
    purpose=st.sampled_from(["marketing", "service"]),
    hours=hours,
    limits=st.builds(Limits, st.integers(0, 3), st.integers(0, 7)),
    reachable=st.booleans(),
    erased=st.booleans(),
    consent=st.sampled_from([None, "granted", "withdrawn"]),
    suppressed=st.booleans(),
    sent_day=st.integers(0, 3),
    sent_week=st.integers(0, 7),
    room_today=st.none() | st.integers(-1, 3),
    rivals=st.integers(0, 3),
)


@given(facts, moments)
def test_may_send_never_lets_a_promotion_out_without_standing_consent(given_facts, now):
    decision = may_send(given_facts, now)
    if decision.allowed and given_facts.purpose == "marketing":
        assert given_facts.consent == "granted"
        assert not given_facts.suppressed
        assert quiet_until(given_facts.hours, now) is None
        assert given_facts.rivals < given_facts.allowance
    assert decision.allowed is (decision.reason == "")
    assert decision.not_before is None or decision.not_before > now


@given(hours, moments)
def test_quiet_until_ends_exactly_where_quiet_ends(given_hours, now):
    until = quiet_until(given_hours, now)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert quiet_until(given_hours, until) is None
        assert quiet_until(given_hours, until - timedelta(seconds=1)) is not None


def test_cap_windows_are_days_of_the_workspace():
    just_after_midnight = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # 00.30 WIB on the 23rd
    day, week = cap_windows(JAKARTA, just_after_midnight)
    assert day == datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert week == datetime(2026, 11, 16, 17, tzinfo=UTC)
    assert next_day(JAKARTA, just_after_midnight) == datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_a_promotion_at_night_and_one_an_hour_later_are_on_two_calendar_days():
    """The cap counts calendar days of the shop, not 24 hours; the week is today and the six days before."""
    at_23 = datetime(2026, 11, 22, 16, tzinfo=UTC)
    for later, counts_day, counts_week in ((59, True, True), (60, False, True), (60 * 24 * 6, False, True),
                                           (60 * 24 * 6 + 60, False, False)):  # fmt: skip
        day, week = cap_windows(JAKARTA, at_23 + timedelta(minutes=later))
        assert ((at_23 >= day), (at_23 >= week)) == (counts_day, counts_week), later


def test_a_promotion_leaves_the_last_allowance_to_a_more_important_one():
    waits = may_send(replace(GOOD, rivals=1), NOON)
    assert (waits.allowed, waits.reason, waits.not_before) == (False, "more_important", NOON + timedelta(minutes=1))
    assert may_send(replace(GOOD, rivals=1, limits=Limits(2, 3)), NOON) == ALLOWED
    assert may_send(replace(GOOD, rivals=1, limits=Limits(2, 3), sent_week=2), NOON).reason == "more_important"
    assert may_send(replace(GOOD, purpose="service", rivals=9), NOON) == ALLOWED


def test_daily_allowance_warms_up_over_two_weeks():
    plan = [daily_allowance(200, warm_up=True, days_linked=day) for day in range(16)]
    assert plan[0] == 20
    assert plan[14] == plan[15] == 200
    assert plan == sorted(plan)
    assert daily_allowance(200, warm_up=True, days_linked=None) == 20
    assert daily_allowance(200, warm_up=False, days_linked=0) == 200
    assert daily_allowance(10, warm_up=True, days_linked=0) == 10


@given(st.integers(1, 10**6), st.integers(0, 90), st.floats(0, 1, exclude_max=True))
def test_gap_keeps_the_pace_on_average(per_minute, jitter, chance):
    count = batch_size(per_minute)
    assert 1 <= count <= 500
    mirrored = gap(per_minute, jitter, count, chance) + gap(per_minute, jitter, count, 1 - chance)
    assert mirrored.total_seconds() == pytest.approx(2 * 60 * count / per_minute, rel=1e-3, abs=1e-5)


def test_batch_size_sends_one_by_one_on_a_slow_lane():
    assert batch_size(8) == 1
    assert batch_size(0) == 500


def test_finish_estimate_counts_nights_caps_and_warm_up():
    def finish(count: int, **more):
        return finish_estimate(count, start=NOON, hours=NIGHT, pace=Pace(**plan | more))

    plan = {"per_minute": 10, "warm_up": False, "days_linked": 30}
    assert finish(0, daily_cap=100) == NOON
    assert finish(100, daily_cap=100) == NOON + timedelta(minutes=10)
    # 100 today, 100 tomorrow from 08.00 WIB, and 50 on the day after.
    third = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
    assert finish(250, daily_cap=100) == third
    assert finish(250, daily_cap=100, sent_today=100) == third + timedelta(days=1)
    assert finish(1, daily_cap=0) is None
    warming = {"warm_up": True, "days_linked": 0}
    assert finish(20, daily_cap=200, **warming) < NOON + timedelta(minutes=3)
    assert finish(21, daily_cap=200, **warming) > NOON + timedelta(hours=12)


MORNING = datetime(2026, 11, 23, 1, tzinfo=UTC)  # 08.00 WIB


@each(
    ("change", "now", "code", "until"),
    [
        ({}, NOON, None, None),
        ({"connected": False, "paused": True}, NOON, "not_connected", None),
        ({"paused": True}, NOON, "paused", None),
        ({"paused": True, "resume_at": MORNING}, NOON, "resting", MORNING),
        ({"retry_at": NOON + timedelta(seconds=50)}, NOON, "resting", NOON + timedelta(seconds=50)),
        ({"retry_at": NOON}, NOON, None, None),
        ({"retry_at": MORNING}, NOON, "resting", MORNING),
        ({}, NOON + timedelta(hours=8), "quiet", MORNING),
        ({"room_today": 0}, NOON, "used_up", MORNING),
        ({"room_today": 0}, NOON + timedelta(hours=8), "quiet", MORNING),
    ],
)
def test_standstill_names_what_is_hardest_to_lift(change, now, code, until):
    free = {"connected": True, "paused": False, "resume_at": None, "retry_at": None, "room_today": 5}
    rest = standstill(LaneFacts(**{**free, **change}), NIGHT, now)
    assert (rest and rest.code, rest and rest.until) == (code, until)


@each(
    ("rest", "holds_replies", "is_brief"),
    [
        (Standstill("not_connected"), True, False),
        (Standstill("paused"), True, False),
        (Standstill("resting", NOON + timedelta(seconds=50)), True, True),
        (Standstill("resting", MORNING + timedelta(days=1)), True, False),
        (Standstill("quiet", MORNING), False, False),
        (Standstill("used_up", MORNING), False, False),
    ],
)
def test_a_standstill_holds_replies_or_only_promotions(rest: Standstill, holds_replies: bool, is_brief: bool) -> None:
    assert (rest.holds_replies, rest.is_brief(NOON)) == (holds_replies, is_brief)
