"""Bounds of a number's settings, each with its reason, and other decisions about numbers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

MIN_JITTER_PERCENT = 10
"""Lower bound of the irregularity. Perfectly even gaps identify a machine."""
MAX_JITTER_PERCENT = 90
"""Upper bound of the irregularity. Above it the chosen pace has no meaning."""
MAX_CAP_PER_DAY = 3
"""More promotions a day are reported as spam, and reports get a number banned."""
MAX_CAP_PER_WEEK = 7
"""On average one promotion a day."""
QUIET_LATEST_START = time(21, 0)
"""Promotions after nine in the evening disturb people everywhere in Indonesia."""
QUIET_EARLIEST_START = time(16, 0)
"""An earlier start would leave less than a working day to send."""
QUIET_EARLIEST_END = time(7, 0)
"""No promotions before seven in the morning."""
QUIET_LATEST_END = time(12, 0)
"""A later end would leave less than a working day to send."""

LEAD = timedelta(minutes=3)
"""Smallest lead of this machine's clock that members hear of. With a lead of five minutes each message looks too old
for an automatic reply."""
_MINUTES = 3
"""Number of minutes whose delays must agree."""
_AGREE = timedelta(seconds=45)
ANSWERS_WANTED = 10
"""Target for the answer rate, in percent of the people whom a number writes to first. A lower rate looks like
advertising."""
FIRST_CONTACTS_MOST = 20
"""Limit for strangers among the recipients, in percent. WhatsApp limits numbers by their first messages."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a number that an owner can change."""

    messages_per_minute: int
    jitter_percent: int
    daily_cap: int
    warm_up: bool
    quiet_from: time
    quiet_until: time
    cap_per_day: int
    cap_per_week: int
    shows_reading: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """A setting out of bounds: the field, a word for the fault, and the crossed bound."""

    field: str
    code: str
    bound: int | time


def bounds(max_per_minute: int, max_daily_cap: int) -> list[tuple[str, int, int]]:
    """Returns (field, lowest, highest) for each numeric setting. The two ceilings come from the provider."""
    return [
        ("messages_per_minute", 1, max_per_minute),
        ("jitter_percent", MIN_JITTER_PERCENT, MAX_JITTER_PERCENT),
        ("daily_cap", 1, max_daily_cap),
        ("cap_per_day", 1, MAX_CAP_PER_DAY),
        ("cap_per_week", 1, MAX_CAP_PER_WEEK),
    ]


def check_settings(settings: Settings, *, max_per_minute: int, max_daily_cap: int) -> list[Fault]:
    """Returns the settings that are out of bounds. The two ceilings come from the provider. Each setting can be lowered
    to 1."""
    faults = []
    for name, low, high in bounds(max_per_minute, max_daily_cap):
        value = getattr(settings, name)
        if value < low:
            faults.append(Fault(name, "too_low", low))
        elif value > high:
            faults.append(Fault(name, "too_high", high))
    if not QUIET_EARLIEST_START <= settings.quiet_from <= QUIET_LATEST_START:
        late = settings.quiet_from > QUIET_LATEST_START or settings.quiet_from < QUIET_EARLIEST_END
        faults.append(
            Fault("quiet_from", "too_late", QUIET_LATEST_START)
            if late
            else Fault("quiet_from", "too_early", QUIET_EARLIEST_START)
        )
    if not QUIET_EARLIEST_END <= settings.quiet_until <= QUIET_LATEST_END:
        early = settings.quiet_until < QUIET_EARLIEST_END or settings.quiet_until >= QUIET_EARLIEST_START
        faults.append(
            Fault("quiet_until", "too_early", QUIET_EARLIEST_END)
            if early
            else Fault("quiet_until", "too_late", QUIET_LATEST_END)
        )
    return faults


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a number: a tone (good, warning, bad) and a word."""

    tone: str
    code: str


def health(state: str, *, is_paused: bool, is_used_up: bool, poisoned: int) -> Health:
    """Returns the health of a number by its most serious fact. `poisoned`: number of events that were skipped."""
    of_state = {
        "banned": Health("bad", "banned"),
        "logged_out": Health("bad", "logged_out"),
        "new": Health("warning", "not_connected"),
        "connecting": Health("warning", "not_connected"),
        "offline": Health("warning", "offline"),
    }
    if state in of_state:
        return of_state[state]
    if is_paused:
        return Health("warning", "paused")
    if poisoned:
        return Health("warning", "events")
    return Health("good", "used_up" if is_used_up else "healthy")


def clock_lead(delays: Sequence[timedelta]) -> timedelta | None:
    """Returns by how much this machine's clock is ahead of WhatsApp's, None if that is less than LEAD or unknown.

    `delays`: for each of the last minutes in which events arrived, newest first, the shortest time between WhatsApp's
    timestamp and the arrival here. A connected number gets events within seconds, so a clock that is ahead adds the
    same time to all of them. The events that waited during an outage arrive together, and their delays differ from
    those of the next outage.
    """
    last = delays[:_MINUTES]
    if len(last) < _MINUTES or min(last) < LEAD or max(last) - min(last) > _AGREE:
        return None
    return min(last)


def clock_speed(value: object) -> float:
    """Returns the speed of a number's own clock: 60 means that a simulated hour takes a minute.

    `value` is a stored option. Anything but a positive number below 1e12 counts as real time (1.0).
    """
    if isinstance(value, int | float) and 0 < value < 1e12:
        return float(value)
    return 1.0


def simulated_days(elapsed: timedelta, speed: float, quiet_from: time, quiet_until: time) -> int:
    """Returns the whole simulated days in `elapsed` real time. A simulated day has no quiet hours, so that a trial at
    night works like one at noon."""
    opening = _minutes(quiet_from) - _minutes(quiet_until)
    length = timedelta(minutes=opening if opening > 0 else opening + 24 * 60)
    return max(0, int(elapsed * speed / length))


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
