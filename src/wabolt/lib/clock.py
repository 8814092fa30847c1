"""The one clock of the house, so that tests and simulations can hold or move time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def _system() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _system


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _read()


class HeldClock:
    """A clock that stands still until `move` is called; what `hold` hands out."""

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
    """Within the block `now()` answers `moment` (aware) until the yielded clock is moved."""
    global _read
    if moment.tzinfo is None:
        raise ValueError("a held moment needs a time zone")
    before, held = _read, HeldClock(moment.astimezone(UTC))
    _read = held
    try:
        yield held
    finally:
        _read = before
