"""The policy: may this message be sent to this person now? Composing, freezing and claiming all ask here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from wabolt.consent.registry import REFUSALS
from wabolt.lib.quiet_hours import Hours, next_day, quiet_until, start_of

Purpose = Literal["marketing", "service"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of promotions per contact, in one calendar day of the workspace and in seven of them. 0: none."""

    per_day: int
    per_week: int


@dataclass(frozen=True, slots=True)
class SendFacts:
    """The facts of the decision. `consent`: the marketing consent, "granted", "withdrawn" or None (never asked).

    `sent_day`, `sent_week`: promotions that count against the caps since `cap_windows`. `room_today`: what the
    channel's daily cap leaves (None: not considered, as when an audience is frozen for later). `doubted`: a message of
    this person may be meant as a stop, and no member has looked at it yet. `restricted`: the person's data may not be
    used for now, and the message does not answer a request about that data. `never_wrote`: this person has never
    written to the shop, and the channel requires it. `window_closed`: the vendor's time for free text after the
    contact's last message is over. `rivals`: more important promotions of this person that wait on other numbers of the
    shop and could go now.
    """

    purpose: Purpose
    hours: Hours
    limits: Limits
    reachable: bool = True
    erased: bool = False
    restricted: bool = False
    consent: Literal["granted", "withdrawn"] | None = None
    suppressed: bool = False
    doubted: bool = False
    sent_day: int = 0
    sent_week: int = 0
    room_today: int | None = None
    window_closed: bool = False
    never_wrote: bool = False
    rivals: int = 0

    @property
    def allowance(self) -> int:
        """The number of promotions that the caps still allow this person now."""
        return min(self.limits.per_day - self.sent_day, self.limits.per_week - self.sent_week)


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is empty when allowed. With `not_before` the message waits until then; without, it is never sent."""

    allowed: bool
    reason: str = ""
    not_before: datetime | None = None


ALLOWED = Decision(True)
STOP_DOUBT = "stop_doubt"
MORE_IMPORTANT = "more_important"
YIELDS_FOR = timedelta(minutes=1)
"""Time until the policy is asked again about a promotion that leaves the person's last allowance to a rival."""
HELD_FOR = timedelta(days=1)
"""Time until the policy is asked again about a held message. It may be released earlier."""
EXPIRED = "expired"
"""The reason of a message that expired before it could be sent. No rule refused it, so it is `cancelled`."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason against sending a message. `holds` decides it for one message. `sql` decides it for a set: an SQL
    condition in which each `{fact}` of SendFacts is replaced by an expression, with `%(cap_per_day)s` and
    `%(cap_per_week)s` for the limits. `waits`: the message is held and the policy is asked again later; else it is
    never sent."""

    code: str
    holds: Callable[[SendFacts], bool]
    sql: str
    promotions_only: bool = True
    waits: bool = False


# A decision of the person comes before a lack on our side: "no number" never hides "opted out".
REASONS = (
    *(Reason(no.code, no.holds, no.sql, no.promotions_only, no.waits) for no in REFUSALS),
    Reason("no_number", lambda f: not f.reachable, "NOT {reachable}", promotions_only=False),
    Reason("window_closed", lambda f: f.window_closed, "{window_closed}", promotions_only=False),
    Reason("never_wrote", lambda f: f.never_wrote, "{never_wrote}"),
    Reason(
        "frequency_cap",
        lambda f: f.sent_day >= f.limits.per_day or f.sent_week >= f.limits.per_week,
        "({sent_day} >= %(cap_per_day)s OR {sent_week} >= %(cap_per_week)s)",
    ),
)
COUNTED_STATES = ("sending", "sent", "delivered", "read", "unknown")
"""States of a promotion that count against a contact's cap. An attempt that certainly came to nothing does not."""


def may_send(facts: SendFacts, now: datetime) -> Decision:
    """Whether a message with these facts may start at `now` (aware).

    Service messages answer a person who wrote or bought. Only an erased, restricted or unreachable contact or a
    closed window stops them: a suppression is about promotions, and the confirmation of a STOP must still arrive.
    """
    is_promotion = facts.purpose == "marketing"
    for reason in REASONS:
        if (is_promotion or not reason.promotions_only) and reason.holds(facts):
            return Decision(False, reason.code, now + HELD_FOR if reason.waits else None)
    if not is_promotion:
        return ALLOWED
    if (until := quiet_until(facts.hours, now)) is not None:
        return Decision(False, "quiet_hours", until)
    if facts.room_today is not None and facts.room_today <= 0:
        return Decision(False, "daily_cap", next_day(facts.hours.tz, now))
    if facts.rivals >= facts.allowance:
        return Decision(False, MORE_IMPORTANT, now + YIELDS_FOR)
    return ALLOWED


def refusal_sql(facts: Mapping[str, str]) -> str:
    """The table of reasons for a set of promotions: an SQL expression that yields the code of the first reason, or ''.

    `facts`: an SQL expression for each fact that the reasons ask for.
    """
    cases = " ".join(f"WHEN {reason.sql.format_map(facts)} THEN '{reason.code}'" for reason in REASONS)
    return f"(CASE {cases} ELSE '' END)"


def cap_windows(tz: tzinfo, now: datetime) -> tuple[datetime, datetime]:
    """The starts of the workspace's day and of the seven days that end with it: what the frequency cap counts from."""
    today = now.astimezone(tz).date()
    return start_of(today, tz, now), start_of(today - timedelta(days=6), tz, now)
