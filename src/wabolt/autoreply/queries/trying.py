"""The answer that a text would get, and its reason; for the page "Try it"."""

from collections.abc import Sequence
from dataclasses import dataclass

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import opening_hours
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries.answering import is_member
from wabolt.autoreply.queries.rule_books import list_rules, rule_book, settings_of
from wabolt.autoreply.rules.choosing import Hindrance, Situation, asks_for_person, choose
from wabolt.autoreply.rules.matching import Match, matches
from wabolt.consent.queries import match_keyword
from wabolt.lib import clock


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a trial.

    `taken_by`: "stop", "start" or "doubt" for a message about promotions, "person" for one that asks for a person,
    "rule", "away" or "none". `match`: the agreement with the rule. `passed_over`: rules with closer agreements that
    do not answer now.
    """

    taken_by: str
    rule: ReplyRule | None = None
    match: Match | None = None
    passed_over: Sequence[tuple[ReplyRule, Hindrance]] = ()


def try_text(workspace: Workspace, text: str, *, channel_id: int, contact_id: int | None = None) -> Trial:
    """Returns what would answer the text now. Without a contact, a rule for a segment does not answer."""
    meaning = match_keyword(workspace, text)
    if meaning is not None:
        return Trial(meaning)
    if asks_for_person(text):
        return Trial("person")
    settings = settings_of(workspace)
    book = rule_book(workspace.pk, settings.version)
    is_open = opening_hours(workspace).is_open(clock.now())
    situation = Situation(
        channel_id, is_open, lambda segment: contact_id is not None and is_member(workspace, segment, contact_id)
    )
    choice = choose(matches(text, book.index), book.conditions, situation)
    rules = {rule.pk: rule for rule in list_rules(workspace)}
    passed = [(rules[match.phrase.rule], why) for match, why in choice.passed_over if match.phrase.rule in rules]
    if choice.match is not None:
        return Trial("rule", rules[choice.match.phrase.rule], choice.match, passed)
    return Trial("away" if settings.away_text and not is_open else "none", passed_over=passed)
