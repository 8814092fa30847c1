"""Pure decisions about broadcasts: which state may follow which, and when it is too late to begin."""

from datetime import datetime, timedelta

from wabolt.messaging.rules.policy import Hours, quiet_until

NEXT: dict[str, frozenset[str]] = {
    "draft": frozenset({"scheduled", "freezing", "cancelled"}),
    "scheduled": frozenset({"draft", "scheduled", "freezing", "paused", "cancelled"}),
    "freezing": frozenset({"running", "cancelled", "draft"}),
    "running": frozenset({"paused", "completed", "cancelled"}),
    "paused": frozenset({"running", "scheduled", "freezing", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
EDITABLE = frozenset({"draft"})


def may_become(state: str, wanted: str) -> bool:
    """True when a broadcast in `state` may become `wanted`."""
    return wanted in NEXT[state]


LATE_AFTER = timedelta(hours=3)
"""A broadcast that begins later than this after its moment reaches people at a time that nobody chose."""


def is_too_late(planned: datetime, now: datetime, hours: Hours) -> bool:
    """Whether a broadcast `planned` for a moment that has passed should ask its owner before it begins. What counts is
    when its first message could have left and when it can now: neither begins in quiet hours."""
    meant, possible = quiet_until(hours, planned) or planned, quiet_until(hours, now) or now
    return possible - meant > LATE_AFTER
