"""The clock of the application. Tests and simulations can hold or move it.

`now` is the wall clock: people set it, and NTP corrects it. `elapsed` never jumps; durations that a changed wall clock
must not affect are measured with it. `JumpWatch` reports when the two drift apart.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def _system() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _system
_skew = timedelta(0)
AHEAD = timedelta(minutes=1)
"""If the time of a past event is later than now by more than this, the wall clock was set back since the event. The
clocks of two machines differ by less."""
JUMP = timedelta(seconds=2)
"""If the wall clock moves by more than this between two calls, it was set. A smaller difference is a correction of
drift."""


def now() -> datetime:
    """Returns the present moment, aware, in UTC."""
    return _read() + _skew


def elapsed() -> float:
    """Returns seconds on a clock that never jumps. Only differences are meaningful. It follows a held clock."""
    return time.monotonic() if _read is _system else _read().timestamp()


class JumpWatch:
    """Detects that the wall clock was set forward or back."""

    def __init__(self) -> None:
        self._apart = self._measure()

    def look(self) -> timedelta:
        """Returns how far the wall clock was set since the last call, zero for less than `JUMP`."""
        before, self._apart = self._apart, self._measure()
        moved = timedelta(seconds=self._apart - before)
        return moved if abs(moved) > JUMP else timedelta(0)

    @staticmethod
    def _measure() -> float:
        return now().timestamp() - elapsed()


class HeldClock:
    """The clock that `hold` yields. It changes only when `move` is called."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **delta: float) -> datetime:
        """Moves the clock by `timedelta(**delta)` and returns the new moment."""
        self.moment += timedelta(**delta)
        return self.moment


@contextmanager
def hold(moment: datetime) -> Iterator[HeldClock]:
    """Makes `now()` return `moment` (aware) inside the block, until the yielded clock is moved."""
    global _read
    if moment.tzinfo is None:
        raise ValueError("a held moment needs a time zone")
    before, held = _read, HeldClock(moment.astimezone(UTC))
    _read = held
    try:
        yield held
    finally:
        _read = before


_REMEMBERED = 600.0  # seconds for which `Waits` knows a wait that has ended


class Waits:
    """Waits that are stored as moments of the wall clock and measured with `elapsed`: setting the wall clock neither
    ends nor prolongs them. A moment that was stored by another process is measured from when it is first seen."""

    def __init__(self) -> None:
        self._ends: dict[datetime, float] = {}

    def begin(self, moment: datetime, length: timedelta) -> None:
        """A wait of this length, stored as `moment`, begins now."""
        self._ends = {known: end for known, end in self._ends.items() if end > elapsed() - _REMEMBERED}
        self._ends[moment] = elapsed() + length.total_seconds()

    def knows(self, moment: datetime) -> bool:
        """Whether the wait stored as `moment` was seen before."""
        return moment in self._ends

    def end_of(self, moment: datetime | None) -> datetime | None:
        """Returns the end of the wait stored as `moment`, by the present wall clock."""
        return None if moment is None else now() + timedelta(seconds=self._left(moment))

    def is_over(self, moment: datetime) -> bool:
        """Whether the wait stored as `moment` has ended."""
        return self._left(moment) < 0.001  # the difference of two floats is not exact

    def _left(self, moment: datetime) -> float:
        if moment not in self._ends:
            self.begin(moment, moment - now())
        return self._ends[moment] - elapsed()


@contextmanager
def skewed(by: timedelta) -> Iterator[None]:
    """Sets the wall clock ahead (or back) by `by` inside the block. `elapsed` does not change."""
    global _skew
    before, _skew = _skew, _skew + by
    try:
        yield
    finally:
        _skew = before
