"""May this message go to this person now? The one answer that composing, freezing and every claim rely on."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from wabolt.lib.quiet_hours import Hours, next_day, quiet_until, start_of

Purpose = Literal["marketing", "service"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many promotions a contact may get in the workspace's day and in seven of its days. 0: no promotion at all."""

    per_day: int
    per_week: int


@dataclass(frozen=True, slots=True)
class SendFacts:
    """All that decides. `consent` is the marketing consent: "granted", "withdrawn" or None (never asked).

    `sent_day` and `sent_week` count the promotions attempted to this contact since `cap_windows`. `room_today` is what
    the channel's daily cap leaves for promotions (None: not asked, as when an audience is frozen for later).
    `doubted`: a message of this person may be meant as a stop, and no member has looked at it yet.
    `never_wrote`: this person has never written to the shop, and on this channel that is asked for.
    `window_closed`: the vendor takes free text only so long after the contact's last message, and that time is over.
    """

    purpose: Purpose
    hours: Hours
    limits: Limits
    reachable: bool = True
    erased: bool = False
    consent: Literal["granted", "withdrawn"] | None = None
    suppressed: bool = False
    doubted: bool = False
    sent_day: int = 0
    sent_week: int = 0
    room_today: int | None = None
    window_closed: bool = False
    never_wrote: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is empty when allowed. With `not_before` the message waits until then; without, it is never sent."""

    allowed: bool
    reason: str = ""
    not_before: datetime | None = None


ALLOWED = Decision(True)
STOP_DOUBT = "stop_doubt"
DOUBT_HOLDS = timedelta(days=1)
"""How long a message waits before the doubt is asked about again; settling the doubt releases it at once."""
EXPIRED = "expired"
"""The reason of a message whose time was over before it could go: nobody decided against it, so it is `cancelled`."""


def may_send(facts: SendFacts, now: datetime) -> Decision:
    """Whether a message with these facts may start at `now` (aware).

    Service messages answer somebody who wrote or bought: only an erased or unreachable contact or a closed window
    stops them, because a suppression is about promotions and the confirmation of a STOP must still arrive.
    """
    reason = _never(facts)
    if reason:
        return Decision(False, reason)
    if facts.purpose == "service":
        return ALLOWED
    if facts.doubted:
        return Decision(False, STOP_DOUBT, now + DOUBT_HOLDS)
    if (until := quiet_until(facts.hours, now)) is not None:
        return Decision(False, "quiet_hours", until)
    if facts.room_today is not None and facts.room_today <= 0:
        return Decision(False, "daily_cap", next_day(facts.hours.tz, now))
    return ALLOWED


def _never(facts: SendFacts) -> str:
    """Why this message is not sent at all; empty when it may be, now or later."""
    capped = facts.sent_day >= facts.limits.per_day or facts.sent_week >= facts.limits.per_week
    is_promotion = facts.purpose == "marketing"
    # What a person decided is named before what we lack: "opted out" is never hidden behind "no number".
    reasons = (
        ("erased", facts.erased),
        ("opted_out", is_promotion and facts.consent == "withdrawn"),
        ("suppressed_number", is_promotion and facts.suppressed),
        ("no_consent", is_promotion and facts.consent is None),
        ("no_number", not facts.reachable),
        ("window_closed", facts.window_closed),
        ("never_wrote", is_promotion and facts.never_wrote),
        ("frequency_cap", is_promotion and capped),
    )
    return next((reason for reason, holds in reasons if holds), "")


def cap_windows(tz: tzinfo, now: datetime) -> tuple[datetime, datetime]:
    """The starts of the workspace's day and of the seven days that end with it: what the frequency cap counts from."""
    today = now.astimezone(tz).date()
    return start_of(today, tz, now), start_of(today - timedelta(days=6), tz, now)
