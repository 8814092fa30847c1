"""Rules that can never answer, rules that contradict each other, and rules of which a part no longer works. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.choosing import RuleConditions
from wabolt.autoreply.rules.matching import Closeness, Phrase, PhraseIndex, index_phrases, matches

Problem = Literal[
    "number_off", "never_closed", "never_open", "empty_segment", "never", "same_words", "keyword", "broken_action",
    "dead_line"
]  # fmt: skip
"""The first ones mean that the rule can never answer. "keyword": something that comes before all rules takes one of
its words."""


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """A problem of a rule. `phrase`: the word, action or menu line at fault. `other`: the rule that answers in its
    place."""

    rule: int
    problem: Problem
    phrase: str = ""
    other: int = 0


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """The facts of a shop that keep rules from answering.

    `closes`: whether the shop is ever closed. `closed_days`: weekdays on which it never opens. `silent_channels`,
    `empty_segments`: ids. `keywords`: words of rules that stop or start promotions, or belong to a giveaway.
    `broken_actions`: {rule: name of an action that no longer works}. `menus`: {rule: (title, rule that it leads to) of
    each line}.
    """

    closes: bool = True
    closed_days: Collection[int] = ()
    silent_channels: Collection[int] = ()
    empty_segments: Collection[int] = ()
    keywords: Collection[str] = ()
    broken_actions: Mapping[int, str] = field(default_factory=dict)
    menus: Mapping[int, Sequence[tuple[str, int]]] = field(default_factory=dict)


def check_rules(
    phrases: Sequence[Phrase], rules: Sequence[RuleConditions], shop: ShopFacts | None = None
) -> list[RuleWarning]:
    """Returns at most one warning for each rule, the gravest.

    "same_words": for a phrase of the rule, another rule comes first and may answer in every situation in which this
    one may. "never": this is so for all phrases of the rule. Rules that are off are not considered.
    """
    shop = shop or ShopFacts()
    conditions = {rule.rule: rule for rule in rules if rule.is_on}
    live = [phrase for phrase in phrases if phrase.rule in conditions]
    index = index_phrases(live)
    found: list[RuleWarning] = []
    for rule, condition in conditions.items():
        own = [phrase for phrase in live if phrase.rule == rule and plain_words(phrase.text)]
        warning = (
            _condition_problem(condition, shop)
            or _taken_words(own, index, conditions)
            or next((RuleWarning(rule, "keyword", one.text) for one in own if one.text in shop.keywords), None)
            or _broken_part(rule, conditions, shop)
        )
        if warning is not None:
            found.append(warning)
    return found


def _condition_problem(rule: RuleConditions, shop: ShopFacts) -> RuleWarning | None:
    problems: dict[Problem, bool] = {
        "number_off": rule.channel in shop.silent_channels,
        "never_closed": rule.when == "closed" and not shop.closes,
        "never_open": rule.when == "open" and bool(rule.weekdays) and rule.weekdays <= frozenset(shop.closed_days),
        "empty_segment": rule.segment in shop.empty_segments,
    }
    return next((RuleWarning(rule.rule, problem) for problem, holds in problems.items() if holds), None)


def _taken_words(
    own: Sequence[Phrase], index: PhraseIndex, conditions: dict[int, RuleConditions]
) -> RuleWarning | None:
    takers = [(phrase, _taker(phrase, index_matches(phrase, index), conditions)) for phrase in own]
    taken = [(phrase, other) for phrase, other in takers if other is not None]
    if not taken:
        return None
    phrase, other = taken[0]
    return RuleWarning(phrase.rule, "never" if len(taken) == len(own) else "same_words", phrase.text, other)


def _broken_part(rule: int, conditions: Mapping[int, RuleConditions], shop: ShopFacts) -> RuleWarning | None:
    if rule in shop.broken_actions:
        return RuleWarning(rule, "broken_action", shop.broken_actions[rule])
    dead = [title for title, target in shop.menus.get(rule, ()) if target not in conditions]
    return RuleWarning(rule, "dead_line", dead[0]) if dead else None


def index_matches(phrase: Phrase, index: PhraseIndex) -> list[int]:
    """The rules that would answer the phrase itself, the best first."""
    return [match.phrase.rule for match in matches(phrase.text, index) if match.closeness == Closeness.EXACT]


def _taker(phrase: Phrase, answering: list[int], conditions: dict[int, RuleConditions]) -> int | None:
    """The rule that comes first whenever the rule of the phrase could answer; None if there is none."""
    for rule in answering:
        if rule == phrase.rule:
            return None
        if _covers(conditions[rule], conditions[phrase.rule]):
            return rule
    return None


def _covers(first: RuleConditions, second: RuleConditions) -> bool:
    """Whether the first rule may answer in every situation in which the second one may."""
    return (
        first.when in {"always", second.when}
        and (not first.weekdays or (bool(second.weekdays) and first.weekdays >= second.weekdays))
        and first.channel in {None, second.channel}
        and first.segment in {None, second.segment}
    )
