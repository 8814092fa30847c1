"""The due times of steps, and the arms of a split."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from wabolt.journeys.rules.definition import Happening, Send, Split, SplitArm, Step, Wait
from wabolt.journeys.rules.plan import arm_for, due_of, entry_moment

JAKARTA = ZoneInfo("Asia/Jakarta")
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("step", "day", "hour"),
    [
        (Send("s1", "Halo"), 22, 12),
        (Wait("w1", amount=90, unit="minutes"), 22, 13.5),
        (Wait("w1", amount=3, unit="hours"), 22, 15),
        (Wait("w1", amount=2), 24, 12),
        (Wait("w1", amount=1, at="09:00"), 24, 9),  # a day later it is past nine
        (Wait("w1", amount=1, at="13:00"), 23, 13),
        (Wait("w1", amount=0, at="12:00"), 22, 12),
        (Wait("w1", "clock", at="19:00"), 22, 19),
        (Wait("w1", "clock", at="09:00"), 23, 9),
        (Wait("w1", "clock", at="19:00", weekdays=(4,)), 27, 19),
        (Wait("w1", "clock", at="09:00", weekdays=(6,)), 29, 9),  # this Sunday at nine is over
        (Wait("w1", "clock", at="12:00"), 23, 12),  # the next one, not this one
        (Wait("w1", "clock", at="12:00", weekdays=(1, 6)), 24, 12),
        (Wait("w1", "happening", 3, until=Happening("order")), 25, 12),
    ],
)
def test_a_step_is_due_by_the_clock_of_the_shop(step: Step, day: int, hour: float) -> None:
    due = datetime(2026, 11, day, int(hour), int(hour % 1 * 60), tzinfo=JAKARTA)
    assert due_of(step, SUNDAY.astimezone(ZoneInfo("UTC")), JAKARTA) == due


@pytest.mark.parametrize(("entry_from", "hour"), [("", 12), ("09:00", 12), ("18:00", 18)])
def test_a_journey_begins_not_before_its_hour(entry_from: str, hour: int) -> None:
    assert entry_moment(entry_from, SUNDAY, JAKARTA) == SUNDAY.replace(hour=hour)


def test_the_arms_of_a_split_get_their_shares() -> None:
    split = Split("p1", (SplitArm(70), SplitArm(0), SplitArm(30)))
    taken = Counter(arm_for(split, f"{person}:1") for person in range(4000))
    assert 2660 < taken[0] < 2940
    assert taken[0] + taken[2] == 4000
    assert arm_for(split, "7:1") == arm_for(split, "7:1")
