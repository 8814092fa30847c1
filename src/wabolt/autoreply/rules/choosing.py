"""The rule that answers a message: the closest agreement whose conditions hold, and why the others do not answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.matching import Match
from wabolt.lib.chat_words import PARTICLES, word_set

Hindrance = Literal["off", "other_number", "shop_closed", "shop_open", "not_in_segment"]

_PEOPLE = word_set("admin cs operator manusia orang karyawan owner pemilik human agent")
_ASKING = word_set("""
mau bisa minta tolong bicara ngomong ngobrol chat hubungi hubungkan sambungkan tanya dengan ke sama langsung
saya ada dong saja aja lewat via telepon balas dibalas jawab asli bukan bot robot terhubung talk to a with
""")


@dataclass(frozen=True, slots=True)
class RuleConditions:
    """The conditions of a rule. `when`: "always", "open" or "closed". `channel`, `segment`: ids, None for all."""

    rule: int
    is_on: bool
    when: str
    channel: int | None
    segment: int | None


@dataclass(frozen=True, slots=True)
class Situation:
    """The situation in which a message arrived. `in_segment(id)` returns whether its author is in the segment."""

    channel: int
    is_open: bool
    in_segment: Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """The match that answers, or None. `passed_over`: better matches that do not answer now, each with its reason."""

    match: Match | None
    passed_over: Sequence[tuple[Match, Hindrance]]


def choose(found: Sequence[Match], rules: Mapping[int, RuleConditions], situation: Situation) -> Choice:
    """Returns the first of the matches (the best comes first) whose rule may answer in this situation."""
    passed: list[tuple[Match, Hindrance]] = []
    for match in found:
        hindrance = _hindrance(rules[match.phrase.rule], situation)
        if hindrance is None:
            return Choice(match, passed)
        passed.append((match, hindrance))
    return Choice(None, passed)


def _hindrance(rule: RuleConditions, situation: Situation) -> Hindrance | None:
    if not rule.is_on:
        return "off"
    if rule.channel is not None and rule.channel != situation.channel:
        return "other_number"
    if rule.when == "open" and not situation.is_open:
        return "shop_closed"
    if rule.when == "closed" and situation.is_open:
        return "shop_open"
    if rule.segment is not None and not situation.in_segment(rule.segment):
        return "not_in_segment"
    return None


def asks_for_person(text: str) -> bool:
    """Whether a customer asks for a person: "admin", "mau chat sama CS kak". "Admin, harga berapa?" only addresses
    one."""
    words = [word for word in plain_words(text) if word not in PARTICLES]
    asked = [word for word in words if word in _PEOPLE]
    return bool(asked) and all(word in _PEOPLE or word in _ASKING for word in words)
