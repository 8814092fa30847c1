from datetime import datetime, time
from zoneinfo import ZoneInfo

from tests.cases import each

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.rules import NEXT, is_too_late, may_become
from wabolt.lib.quiet_hours import Hours


def test_every_state_has_its_successors() -> None:
    assert set(NEXT) == set(Broadcast.State.values)
    assert {state for following in NEXT.values() for state in following} <= set(Broadcast.State.values)


def test_completed_and_cancelled_are_final() -> None:
    assert not NEXT["completed"]
    assert not NEXT["cancelled"]
    assert may_become("running", "paused")
    assert not may_become("completed", "running")


JAKARTA = ZoneInfo("Asia/Jakarta")
NIGHT = Hours(JAKARTA, time(20), time(8))


def _on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=JAKARTA)


@each(
    ("planned", "now", "late"),
    [
        (_on(23, 10), _on(23, 10), False),
        (_on(23, 10), _on(23, 13), False),
        (_on(23, 10), _on(23, 13, 1), True),
        (_on(23, 19), _on(23, 19, 59), False),
        (_on(23, 19), _on(23, 20), True),  # it could not begin before eight in the morning
        (_on(23, 22), _on(24, 7), False),  # and this one was to begin at eight
        (_on(23, 22), _on(24, 11), False),
        (_on(23, 22), _on(24, 11, 1), True),
        (_on(23, 10), _on(26, 10), True),
    ],
)
def test_delay_counts_from_the_first_possible_message(planned: datetime, now: datetime, late: bool) -> None:
    assert is_too_late(planned, now, NIGHT) is late
