"""Pure decisions about broadcasts: allowed state changes, late starts, and the end of sending."""

from datetime import datetime, timedelta

from wabolt.lib.quiet_hours import Hours, quiet_until

NEXT: dict[str, frozenset[str]] = {
    "draft": frozenset({"scheduled", "freezing", "cancelled"}),
    "scheduled": frozenset({"draft", "scheduled", "freezing", "paused", "cancelled"}),
    "freezing": frozenset({"running", "paused", "cancelled", "draft"}),
    "running": frozenset({"paused", "completed", "cancelled"}),
    "paused": frozenset({"running", "scheduled", "freezing", "completed", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
EDITABLE = frozenset({"draft"})


def may_become(state: str, new_state: str) -> bool:
    """True if a broadcast in `state` may change to `new_state`."""
    return new_state in NEXT[state]


ENOUGH_TO_COMPARE = 30
"""Minimum size of a comparison group that proves something. In a smaller one the share of buyers is uncertain by more
than itself: with one buyer in ten, 1.96 * sqrt(0.1 * 0.9 / 30) = 0.107. The sender is told so."""

LATE_AFTER = timedelta(hours=3)
"""Delay after which a planned broadcast asks its owner before it starts."""


def is_too_late(planned: datetime, now: datetime, hours: Hours) -> bool:
    """True if a broadcast `planned` for a past time must ask its owner before it starts.

    The delay is measured between the times at which the first message could have left and can leave now; quiet hours
    move both.
    """
    wanted, possible = quiet_until(hours, planned) or planned, quiet_until(hours, now) or now
    return possible - wanted > LATE_AFTER


SAMPLE_CODE = "CONTOH12"
"""Voucher code in a preview: as long as a real one, with letters that real codes never contain."""


def sample_voucher(percent: int, days: int, begins: datetime) -> dict[str, object]:
    """Returns the voucher of a preview, with the discount and last day of a broadcast that begins at `begins` (in the
    workspace's time zone). The freeze makes the real codes."""
    return {"code": SAMPLE_CODE, "percent": percent, "until": (begins + timedelta(days=days)).date().isoformat()}


REFUSED_FOR_ALL = frozenset(
    {
        "template_paused", "template_disabled", "template_missing", "template_policy", "unsupported_kind",
        "media_too_large", "not_supported",
    }
)  # fmt: skip
"""Refusals that concern the message itself and not one recipient."""
ENOUGH_REFUSALS = 3
"""Number of such refusals after which the broadcast pauses: all other messages would fail too."""

SLACK = timedelta(days=2)
"""Time between the estimated finish and the automatic end. It covers a provider that asks for a retry a day later and a
phone that was off overnight."""
LONGEST = timedelta(days=366)


def expiry(start: datetime, hours: int, finish: datetime | None, voucher_until: datetime | None) -> datetime:
    """Returns the end of sending for a broadcast that begins at `start`.

    It is `hours` later, or with 0 some time after the estimated `finish` (None: not within a year). It is never later
    than `voucher_until`.
    """
    end = start + timedelta(hours=hours) if hours else (finish or start + LONGEST) + SLACK
    return min(end, voucher_until) if voucher_until else end
