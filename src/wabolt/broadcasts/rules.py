"""Pure decisions about broadcasts: which state may follow which, when it is too late to begin, and when to end."""

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


SAMPLE_CODE = "CONTOH12"
"""The code in a preview: as long as a real one, and with letters that real codes do not have."""


def sample_voucher(percent: int, days: int, begins: datetime) -> dict[str, object]:
    """The voucher of one recipient as a preview shows it: the discount and the last day are those of a broadcast that
    begins at `begins` (in the workspace's time zone). The code itself is made when the audience is frozen."""
    return {"code": SAMPLE_CODE, "percent": percent, "until": (begins + timedelta(days=days)).date().isoformat()}


REFUSED_FOR_ALL = frozenset(
    {
        "template_paused", "template_disabled", "template_missing", "template_policy", "unsupported_kind",
        "media_too_large", "not_supported",
    }
)  # fmt: skip
"""Reasons of a vendor's refusal that lie with the message and not with whoever it was for."""
ENOUGH_REFUSALS = 3
"""So many of them, and everybody else would only fail as well."""

SLACK = timedelta(days=2)
"""What a broadcast gets beyond its plan before it ends by itself: enough for a vendor that asks to try again a day
later, or for a phone that was off overnight."""
LONGEST = timedelta(days=366)


def expiry(start: datetime, hours: int, finish: datetime | None, voucher_until: datetime | None) -> datetime:
    """From when on a broadcast that begins at `start` goes to nobody else: `hours` later, or with 0 some time after
    it should be through (`finish`; None: not within a year). Never later than its vouchers are worth something."""
    end = start + timedelta(hours=hours) if hours else (finish or start + LONGEST) + SLACK
    return min(end, voucher_until) if voucher_until else end
