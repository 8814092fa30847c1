"""Rules that can never answer, and rules that contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.choosing import RuleConditions
from wabolt.autoreply.rules.matching import Closeness, Phrase, PhraseIndex, index_phrases, matches

Problem = Literal["never", "same_words"]


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """A problem of a rule. `other`: the rule that answers in its place."""

    rule: int
    problem: Problem
    phrase: str
    other: int


def check_rules(phrases: Sequence[Phrase], rules: Sequence[RuleConditions]) -> list[RuleWarning]:
    """Returns one warning for each rule whose phrases another rule answers.

    "same_words": for a phrase of the rule, another rule comes first and may answer in every situation in which this
    one may. "never": this is so for all phrases of the rule. Rules that are off are not considered.
    """
    conditions = {rule.rule: rule for rule in rules if rule.is_on}
    live = [phrase for phrase in phrases if phrase.rule in conditions]
    index = index_phrases(live)
    found: list[RuleWarning] = []
    for rule in conditions:
        own = [phrase for phrase in live if phrase.rule == rule and plain_words(phrase.text)]
        takers = [(phrase, _taker(phrase, index_matches(phrase, index), conditions)) for phrase in own]
        taken = [(phrase, other) for phrase, other in takers if other is not None]
        if taken:
            problem: Problem = "never" if len(taken) == len(own) else "same_words"
            found.append(RuleWarning(rule, problem, taken[0][0].text, taken[0][1]))
    return found


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
        and first.channel in {None, second.channel}
        and first.segment in {None, second.segment}
    )
