"""The decision about a message that carries codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any


class Decision(Enum):
    """The handling of a message."""

    NOT_OURS = "no code of an entry point"
    HOLD = "the words around the code may mean stop: promotions are held until a member has looked"
    REFUSED = "the words around the code are a negation: a member decides"
    ASK = "a mistyped code: the customer is asked"
    UNCLEAR = "codes of two entry points: a member decides"
    GONE = "the entry point is closed, or the code does not exist"
    STOPPED_LATER = "the customer stopped promotions after this message"
    KNOWN = "joined here before"
    USED = "the code of a form that another person confirmed"
    JOIN = "joins"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about a message.

    `exact` and `nearby`: the number of different existing entry points whose code the message holds, or holds with one
    typing error. `is_unknown`: the message holds a code, marked as our pages do it, that does not exist. `is_open`: the
    entry point lets people join. `stopped_later`: the customer's last stop is newer than
    the message. `is_used`: another person confirmed the form. `joined`: the customer joined at this entry point before,
    and still agrees to what they agreed to.
    """

    exact: int
    nearby: int = 0
    is_unknown: bool = False
    is_open: bool = True
    stopped_later: bool = False
    joined: bool = False
    is_used: bool = False
    meaning: str | None = None
    is_negated: bool = False


def decide(facts: Facts) -> Decision:
    """Returns the decision. A wrong entry point is never credited: with any doubt the customer or a member decides."""
    if facts.exact + facts.nearby == 0 and not facts.is_unknown:
        return Decision.NOT_OURS
    if facts.meaning in {"stop", "doubt"}:
        return Decision.HOLD
    if facts.is_negated:
        return Decision.REFUSED
    if facts.exact == 0:
        return Decision.ASK if facts.nearby == 1 else Decision.GONE if facts.is_unknown else Decision.NOT_OURS
    if facts.exact > 1:
        return Decision.UNCLEAR
    if facts.is_used:
        return Decision.USED if facts.is_open else Decision.GONE
    if facts.stopped_later:
        return Decision.STOPPED_LATER
    if facts.joined:
        return Decision.KNOWN
    return Decision.JOIN if facts.is_open else Decision.GONE


def columns_of(answers: Sequence[tuple[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Splits answers (target, value) into columns of a contact and custom fields, whose targets begin with "field:".
    Answers to questions of a single event ("own:1") are left out.

    A birthday is stored as ISO text; one that is no date is left out.
    """
    columns = {target: value for target, value in answers if ":" not in target}
    fields = {target.removeprefix("field:"): value for target, value in answers if target.startswith("field:")}
    if "birth_date" in columns:
        try:
            columns["birth_date"] = date.fromisoformat(columns["birth_date"])
        except (TypeError, ValueError):
            del columns["birth_date"]
    return columns, fields
