"""How gently a number must be treated: the bounds of every setting, each with its reason. Pure."""

from dataclasses import dataclass
from datetime import time, timedelta

MIN_JITTER_PERCENT = 10
"""Perfectly even gaps are how machines write: some irregularity always stays."""
MAX_JITTER_PERCENT = 90
"""Beyond this the pace that was set means nothing any more."""
MAX_CAP_PER_DAY = 3
"""More than three promotions a day are what people report as spam, and reports are what bans a number."""
MAX_CAP_PER_WEEK = 7
"""One a day at most, over a week."""
QUIET_LATEST_START = time(21, 0)
"""After nine in the evening a promotion is an intrusion everywhere in Indonesia; the rest has to begin by then."""
QUIET_EARLIEST_START = time(16, 0)
"""Earlier than four in the afternoon would leave less than a working day to send in."""
QUIET_EARLIEST_END = time(7, 0)
"""Nobody gets a promotion before seven in the morning."""
QUIET_LATEST_END = time(12, 0)
"""Later than noon, likewise, would leave no day."""


ANSWERS_WANTED = 10
"""Percent of the people a number writes to first who should answer within a week; below it looks like advertising."""
FIRST_CONTACTS_MOST = 20
"""Percent of the people written to who may be strangers: first messages are what WhatsApp limits numbers for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an owner can set about a number's pace and rest."""

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
    """A setting out of its bounds: the field, a word for what is wrong, and the bound that was crossed."""

    field: str
    code: str
    bound: int | time


def bounds(max_per_minute: int, max_daily_cap: int) -> list[tuple[str, int, int]]:
    """(field, lowest, highest) of every setting that is a number; the two ceilings come from the provider."""
    return [
        ("messages_per_minute", 1, max_per_minute),
        ("jitter_percent", MIN_JITTER_PERCENT, MAX_JITTER_PERCENT),
        ("daily_cap", 1, max_daily_cap),
        ("cap_per_day", 1, MAX_CAP_PER_DAY),
        ("cap_per_week", 1, MAX_CAP_PER_WEEK),
    ]


def check_settings(wanted: Settings, *, max_per_minute: int, max_daily_cap: int) -> list[Fault]:
    """What is wrong with `wanted`; the two ceilings come from the provider. Downward everything but zero is free."""
    faults = []
    for name, low, high in bounds(max_per_minute, max_daily_cap):
        value = getattr(wanted, name)
        if value < low:
            faults.append(Fault(name, "too_low", low))
        elif value > high:
            faults.append(Fault(name, "too_high", high))
    if not QUIET_EARLIEST_START <= wanted.quiet_from <= QUIET_LATEST_START:
        late = wanted.quiet_from > QUIET_LATEST_START or wanted.quiet_from < QUIET_EARLIEST_END
        faults.append(
            Fault("quiet_from", "too_late", QUIET_LATEST_START)
            if late
            else Fault("quiet_from", "too_early", QUIET_EARLIEST_START)
        )
    if not QUIET_EARLIEST_END <= wanted.quiet_until <= QUIET_LATEST_END:
        early = wanted.quiet_until < QUIET_EARLIEST_END or wanted.quiet_until >= QUIET_EARLIEST_START
        faults.append(
            Fault("quiet_until", "too_early", QUIET_EARLIEST_END)
            if early
            else Fault("quiet_until", "too_late", QUIET_LATEST_END)
        )
    return faults


@dataclass(frozen=True, slots=True)
class Health:
    """How a number is, in a colour (good, warning, bad) and a word."""

    tone: str
    code: str


def health(state: str, *, is_paused: bool, is_used_up: bool, poisoned: int) -> Health:
    """The worst that is true of a number."""
    standing = {
        "banned": Health("bad", "banned"),
        "logged_out": Health("bad", "logged_out"),
        "new": Health("warning", "not_connected"),
        "connecting": Health("warning", "not_connected"),
        "offline": Health("warning", "offline"),
    }
    if state in standing:
        return standing[state]
    if is_paused:
        return Health("warning", "paused")
    if poisoned:
        return Health("warning", "events")
    return Health("good", "used_up" if is_used_up else "healthy")


def simulated_days(elapsed: timedelta, speed: float, quiet_from: time, quiet_until: time) -> int:
    """Whole days that have passed in a simulated world after so much real time. Its days hold the open hours only, so
    that a trial at night is like one at noon."""
    opening = _minutes(quiet_from) - _minutes(quiet_until)
    length = timedelta(minutes=opening if opening > 0 else opening + 24 * 60)
    return max(0, int(elapsed * speed / length))


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
