"""The legal clock of requests and breaches: 3 × 24 hours (UU PDP 27/2022, articles 30 to 46)."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum

DAY = timedelta(hours=24)
DEADLINE = 3 * DAY


class Stage(IntEnum):
    """The part of the deadline that has passed. Each stage has an alert of its own."""

    NEW = 0
    DAY_1 = 1
    DAY_2 = 2
    OVERDUE = 3


def deadline_of(started_at: datetime) -> datetime:
    """The end of a clock that started at `started_at`; of the year 9999 at the latest."""
    try:
        return started_at + DEADLINE
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def stage_of(opened_at: datetime, now: datetime) -> Stage:
    """The stage of a clock that started at `opened_at`."""
    return Stage(min(max((now - opened_at) // DAY, 0), Stage.OVERDUE))
