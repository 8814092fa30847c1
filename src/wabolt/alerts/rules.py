"""The times of announcements and of repeated attempts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wabolt.lib.quiet_hours import Hours, quiet_until

REPEATS: Mapping[str, tuple[timedelta, ...]] = {
    "critical": (timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=7)),
    "warning": (timedelta(days=1), timedelta(days=3)),
    "info": (),
}
"""By severity: the waits between announcements of an alert that stays open. After the last one there are no more."""
COOLDOWN = timedelta(hours=1)
"""Shortest time between the last announcement of an alert and the first one of a later alert about the same thing
(`services/sql/open.sql`)."""
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
"""The waits between attempts of one delivery. After the last one it has failed."""
LONGEST_WAIT = timedelta(days=1)
"""Upper bound of the wait that a push service asks for."""


@dataclass(frozen=True, slots=True)
class Announcements:
    """The announcements of one alert. `announced`: the number of announcements. `announce_at`: the next one, None for
    none: an alert that is resolved, acknowledged or announced often enough has none."""

    announce_at: datetime | None
    announced: int = 0
    announced_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None


def announced(state: Announcements, severity: str, now: datetime, *, once: bool) -> Announcements:
    """The state after an announcement. `once`: the kind has no condition that lasts, so nothing is repeated."""
    waits = () if once else REPEATS[severity]
    following = now + waits[state.announced] if state.announced < len(waits) else None
    return replace(state, announced=state.announced + 1, announced_at=now, announce_at=following)


def acknowledged(state: Announcements, now: datetime, *, once: bool) -> Announcements:
    """The state after a member took note. An event without a condition is over then."""
    if state.resolved_at is not None or state.acknowledged_at is not None:
        return state
    return replace(state, acknowledged_at=now, announce_at=None, resolved_at=now if once else None)


def retry_at(attempts: int, now: datetime, wait: timedelta | None = None) -> datetime | None:
    """The moment of the next attempt after `attempts` failed ones; None: no more attempts. `wait`: the delay that the
    receiving server asks for."""
    if attempts > len(RETRIES):
        return None
    return now + max(RETRIES[attempts - 1], min(wait or timedelta(0), LONGEST_WAIT))


def deliver_at(hours: Hours, *, wakes: bool, now: datetime) -> datetime:
    """The moment of a delivery to a person with these quiet hours. `wakes`: the person wants to hear of this kind in
    them too."""
    return now if wakes else quiet_until(hours, now) or now


def carried_by(default: Sequence[str], chosen: Sequence[str] | None, available: Sequence[str]) -> list[str]:
    """The channels that carry a kind to a person: the chosen ones, or the kind's own for a person who has not chosen.
    Channels that are not set up are left out."""
    wanted = default if chosen is None else chosen
    return [channel for channel in available if channel in wanted]
