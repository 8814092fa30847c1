"""The decision whether the list may be offered to a customer in a chat."""

from dataclasses import dataclass
from datetime import datetime, timedelta

ONCE_IN = timedelta(days=90)
"""The list is offered to one person at most once in this time."""
CHAT_WITHIN = timedelta(hours=24)
"""An offer is part of a service chat: the customer wrote within this time."""


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """The facts about one contact. `state`: of the marketing consent ("granted", "withdrawn", None: never asked).
    `suppressed`: an address of the contact must not get promotions, or a message of theirs may mean stop."""

    state: str | None
    suppressed: bool
    last_inbound_at: datetime | None
    last_offered_at: datetime | None


def refusal_to_offer(facts: OfferFacts, now: datetime) -> str | None:
    """Returns why the list may not be offered: "agreed", "stopped", "offered" or "no_chat"; None if it may."""
    if facts.state == "withdrawn" or facts.suppressed:
        return "stopped"
    if facts.state == "granted":
        return "agreed"
    if facts.last_offered_at is not None and now - facts.last_offered_at < ONCE_IN:
        return "offered"
    if facts.last_inbound_at is None or now - facts.last_inbound_at > CHAT_WITHIN:
        return "no_chat"
    return None
