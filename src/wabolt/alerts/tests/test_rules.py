"""Laws of the announcements of an alert: how many there are, how far apart, and when they end."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wabolt.alerts import rules
from wabolt.lib.quiet_hours import Hours

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
SEVERITIES = st.sampled_from(("critical", "warning", "info"))
STEPS = st.lists(
    st.tuples(st.sampled_from(("wait", "announce", "acknowledge", "resolve")), st.integers(0, 20 * 24 * 60)),
    max_size=40,
)


def walk(severity: str, once: bool, steps: list[tuple[str, int]]) -> list[tuple[datetime, rules.Announcements]]:
    """The courses after each step, with its time. "announce" announces when it is due, as the job does."""
    now, state = NOON, rules.Announcements(NOON)
    found = [(now, state)]
    for step, minutes in steps:
        now += timedelta(minutes=minutes)
        if step == "announce" and state.announce_at is not None and state.announce_at <= now:
            state = rules.announced(state, severity, now, once=once)
        elif step == "acknowledge":
            state = rules.acknowledged(state, now, once=once)
        elif step == "resolve":
            state = state if state.resolved_at else replace(state, resolved_at=now, announce_at=None)
        found.append((now, state))
    return found


Course = list[rules.Announcements]


def stays_silent_once_known_or_ended(course: Course) -> None:
    silent_since = None
    for state in course:
        if silent_since is not None:
            assert state.announced == silent_since
        if state.acknowledged_at or state.resolved_at:
            assert state.announce_at is None
            silent_since = state.announced


def has_a_cap_and_growing_gaps(course: Course, severity: str, once: bool) -> None:
    announced = sorted({state.announced_at for state in course if state.announced_at})
    assert len(announced) <= (1 if once else 1 + len(rules.REPEATS[severity]))
    gaps = [later - earlier for earlier, later in itertools.pairwise(announced)]
    assert all(gap >= wait for gap, wait in zip(gaps, rules.REPEATS[severity], strict=False))


def never_changes_again_when_resolved(course: Course) -> None:
    assert len({state for state in course if state.resolved_at is not None}) <= 1


def ends_an_event_and_only_an_event_when_acknowledged(course: Course, once: bool, was_resolved: bool) -> None:
    if once:
        assert all(state.acknowledged_at is None or state.resolved_at is not None for state in course)
    elif not was_resolved:
        assert all(state.resolved_at is None for state in course)


@given(SEVERITIES, STEPS)
def test_laws_of_the_announcements_of_an_alert(severity: str, steps: list[tuple[str, int]]) -> None:
    """One course of steps answers all questions: drawing it takes longer than walking it."""
    without = [step for step in steps if step[0] != "resolve"]
    for once, taken in ((True, steps), (False, steps), (False, without)):
        course = [state for _now, state in walk(severity, once, taken)]
        stays_silent_once_known_or_ended(course)
        has_a_cap_and_growing_gaps(course, severity, once)
        never_changes_again_when_resolved(course)
        ends_an_event_and_only_an_event_when_acknowledged(course, once, was_resolved=taken is steps)


@given(st.integers(1, 20), st.integers(0, 10**6))
def test_retries_end_and_never_come_early(attempts: int, requested: int) -> None:
    at = rules.retry_at(attempts, NOON, timedelta(seconds=requested))
    if attempts > len(rules.RETRIES):
        assert at is None
    else:
        assert at is not None
        assert rules.RETRIES[attempts - 1] <= at - NOON <= max(rules.LONGEST_WAIT, rules.RETRIES[-1])


@given(st.times(), st.times(), st.booleans(), st.integers(0, 2000))
def test_quiet_hours_delay_to_their_end_and_not_further(start: time, end: time, wakes: bool, minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    hours = Hours(UTC, start, end)
    at = rules.deliver_at(hours, wakes=wakes, now=now)
    assert timedelta(0) <= at - now <= timedelta(days=1)
    assert rules.deliver_at(hours, wakes=wakes, now=at) == at
    if wakes:
        assert at == now


def test_choice_replaces_the_default_and_unavailable_channels_are_left_out() -> None:
    assert rules.carried_by(("push", "email"), None, ("push",)) == ["push"]
    assert rules.carried_by(("push", "email"), ("email",), ("push", "email")) == ["email"]
    assert rules.carried_by(("push",), (), ("push", "email")) == []
