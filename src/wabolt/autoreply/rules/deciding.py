"""The one order of all that can answer a message, and the reason of each decision. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.choosing import Hindrance, RuleConditions, Situation, asks_for_person, choose
from wabolt.autoreply.rules.complaining import complains
from wabolt.autoreply.rules.matching import Match, PhraseIndex, menu_number
from wabolt.autoreply.rules.telling import asked

Winner = Literal["stop", "start", "code", "doubt", "person", "chat_form", "rule", "menu", "complaint", "away", "none"]
"""In their order. "code": an entry point whose code the message carries. "doubt": it may mean stop, so only people
answer. "rule": by the agreement of `Decision.match`, the closest first. "menu": the rule of a menu line.
"complaint": only people answer."""


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One line of a numbered menu that a customer got."""

    title: str
    rule: int


@dataclass(frozen=True, slots=True)
class Told:
    """The facts about a message besides its text.

    `keyword`: its meaning for promotions. `has_code`: it carries the code of an entry point. `in_form`: a chat form
    waits for an answer. Earlier responders take both, so the responder of rules never sees them. `menu`: the lines of
    the menu that the customer got last or quotes. `away`: the away text may go out now.
    """

    keyword: str | None = None
    has_code: bool = False
    in_form: bool = False
    menu: Sequence[MenuLine] = ()
    away: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule`: the id of the rule that answers. `match`: its agreement, None for a line of a menu. `passed_over`: rules
    with closer agreements that do not answer now. `complains`: a person has to read the message, also if a rule
    answers."""

    winner: Winner
    rule: int | None = None
    match: Match | None = None
    passed_over: Sequence[tuple[Match, Hindrance]] = field(default_factory=tuple)
    complains: bool = False


def decide(
    text: str, index: PhraseIndex, rules: Mapping[int, RuleConditions], situation: Situation, told: Told
) -> Decision:
    """Decides who answers a message. `text`: the words that its writer typed; `index` and `rules`: of the shop."""
    if told.keyword in {"stop", "start"}:
        return Decision("stop" if told.keyword == "stop" else "start")
    if told.has_code:
        return Decision("code")
    if told.keyword == "doubt":
        return Decision("doubt")
    if asks_for_person(text):
        return Decision("person")
    if told.in_form:
        return Decision("chat_form")
    complaint = complains(text)
    choice = choose(asked(text, index, is_complaint=complaint), rules, situation)
    if choice.match is not None:
        return Decision("rule", choice.match.phrase.rule, choice.match, choice.passed_over, complaint)
    line = chosen_line(text, told.menu)
    if line is not None and line.rule in rules and rules[line.rule].is_on:
        return Decision("menu", line.rule, None, choice.passed_over, complaint)
    winner: Winner = "away" if told.away else "complaint" if complaint else "none"
    return Decision(winner, None, None, choice.passed_over, complaint)


def chosen_line(text: str, lines: Sequence[MenuLine]) -> MenuLine | None:
    """The line of a menu that a customer chose by its number or its words."""
    titles = {" ".join(plain_words(line.title)): number for number, line in enumerate(lines, start=1)}
    number = menu_number(text, len(lines), titles)
    return lines[number - 1] if number is not None else None
