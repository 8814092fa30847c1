"""The decision about a message that takes part in a giveaway. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Decision(Enum):
    """The handling of the message."""

    ENTER = "takes part"
    AGAIN = "takes part already"
    EARLY = "before the opening"
    LATE = "after the closing"
    SOLD_OUT = "all rewards are given"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about a message and its giveaway. `written_at`: WhatsApp's time of the message. `closed_at`: when a
    member closed it. `is_locked`: the list of entrants is fixed. `has_stock`: a reward is left, or there is no limit.
    """

    written_at: datetime
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    is_locked: bool = False
    takes_part: bool = False
    has_stock: bool = True


def decide(facts: Facts) -> Decision:
    """Returns the decision. WhatsApp's time counts: a message that was written before the closing and arrives after it
    takes part, until the list is locked."""
    if facts.takes_part:
        return Decision.AGAIN
    if facts.opens_at is not None and facts.written_at < facts.opens_at:
        return Decision.EARLY
    ends = [end for end in (facts.closes_at, facts.closed_at) if end is not None]
    if facts.is_locked or any(facts.written_at >= end for end in ends):
        return Decision.LATE
    return Decision.ENTER if facts.has_stock else Decision.SOLD_OUT
