"""Short waits that are stored as moments of the wall clock, in tables that no process watches all the time (ADR 36)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from wabolt.lib import clock


class RunningWaits(NamedTuple):
    """The stored moments of the waits that have not ended: later than `after`, and not later than `until`. An even
    later moment was stored before the wall clock was set back, so its wait counts as over."""

    after: datetime
    until: datetime

    def over(self, field: str) -> Q:
        """The condition that the wait whose moment is in `field` is over."""
        return Q((f"{field}__lte", self.after)) | Q((f"{field}__gt", self.until))


def running_by_end(longest: timedelta) -> RunningWaits:
    """For waits of at most `longest` that are stored as their ends."""
    now = clock.now()
    return RunningWaits(now, now + longest + clock.AHEAD)


def running_by_start(length: timedelta) -> RunningWaits:
    """For waits of this length that are stored as their starts."""
    now = clock.now()
    return RunningWaits(now - length, now + clock.AHEAD)
