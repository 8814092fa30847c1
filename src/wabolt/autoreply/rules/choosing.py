"""The rule that answers a message: the closest agreement whose conditions hold, and why the others do not answer."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wabolt.autoreply.rules.chat_words import plain_words, standard_spelling
from wabolt.autoreply.rules.matching import Match
from wabolt.lib.chat_words import PARTICLES, word_set

Hindrance = Literal["off", "other_number", "shop_closed", "shop_open", "other_day", "not_in_segment"]

LONGEST_REQUEST = 200
"""Characters of a message that are read for a request for a person; a longer message says more than that."""
_PEOPLE = word_set("""
admin cs operator manusia orang orangnya karyawan pegawai owner pemilik bot robot chatbot human agent person
""")
"""Words for people of the shop, and for machines: "ini bot ya?" asks whether a person is there."""
_ASKING = word_set("""
mau bisa minta tolong bicara ngomong ngobrol chat hubungi hubungkan sambungkan sambungin disambungkan disambungin tanya
bertanya dengan ke sama langsung saya kamu ada tidak saja aja lewat via telepon ditelepon balas dibalas jawab menjawab
dijawab asli beneran bukan kan kok atau ini capek bosan malas yang mana sih apa gimana bagaimana kapan kakaknya
terhubung nih sini jangan pada woi paham mengerti ngerti boleh talk to a with can i speak an real connect me
""")
_GREETED = re.compile(
    r"(?:(?:halo|hai|permisi|assalamualaikum|selamat|pagi|siang|sore|malam) )+(?:kak )?(?:admin|cs|owner)"
    r"(?: (?:kak|ya))*"
)
"""A greeting of a person, which asks for nothing yet: "halo admin". With a question mark it asks if there is one."""
_NAMES_OF_PEOPLE = (
    (re.compile(r"\bcustomer (?:service|care|servis)\b"), "cs"),
    (re.compile(r"\byang (?:punya|jaga|jual)(?: toko| olshop)?\b"), "owner"),
)


@dataclass(frozen=True, slots=True)
class RuleConditions:
    """The conditions of a rule. `when`: "always", "open" or "closed". `channel`, `segment`: ids, None for all.
    `weekdays`: 0 is Monday; empty for all."""

    rule: int
    is_on: bool
    when: str
    channel: int | None
    segment: int | None
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """The situation in which a message arrived. `weekday`: in the time zone of the shop, 0 is Monday. `in_segment(id)`
    returns whether its author is in the segment."""

    channel: int
    is_open: bool
    weekday: int
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
    if rule.weekdays and situation.weekday not in rule.weekdays:
        return "other_day"
    if rule.segment is not None and not situation.in_segment(rule.segment):
        return "not_in_segment"
    return None


def asks_for_person(text: str) -> bool:
    """Whether a customer asks for a person: "admin", "mau chat sama CS kak". "Admin, harga berapa?" only addresses
    one."""
    said = " ".join(word for word in plain_words(text[:LONGEST_REQUEST]) if word not in PARTICLES)
    for pattern, name in _NAMES_OF_PEOPLE:
        said = pattern.sub(name, said)
    words = said.split()
    if "nomor" in words:  # "nomor cs berapa", but not "berapa orang"
        words = [word for word in words if word not in {"nomor", "berapa"}]
    asked = [word for word in words if word in _PEOPLE]
    if len(words) == 1 and _GREETED.fullmatch(" ".join(standard_spelling(text[:LONGEST_REQUEST]))) and "?" not in text:
        return False
    return bool(asked) and all(word in _PEOPLE or word in _ASKING for word in words)
