"""The answer that a text would get, and its reason; for the page "Try it"."""

from collections.abc import Sequence
from dataclasses import dataclass

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries.answering import situation_now
from wabolt.autoreply.queries.rule_books import RULES_FROM, list_rules, rule_book, settings_of
from wabolt.autoreply.rules.choosing import Hindrance
from wabolt.autoreply.rules.deciding import Told, decide
from wabolt.autoreply.rules.matching import Match
from wabolt.consent.queries import match_keyword
from wabolt.messaging.registry import claimed_by


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a trial. `winner`: as in `rules.deciding`. `match`: the agreement with the rule. `passed_over`:
    rules with closer agreements that do not answer now. `claimed_by`: the way in, giveaway or request that takes it."""

    winner: str
    rule: ReplyRule | None = None
    match: Match | None = None
    passed_over: Sequence[tuple[ReplyRule, Hindrance]] = ()
    claimed_by: str = ""


def try_text(workspace: Workspace, text: str, *, channel_id: int) -> Trial:
    """Returns what would answer the text of an unknown person now. A rule for a segment does not answer."""
    settings = settings_of(workspace)
    book = rule_book(workspace.pk, settings.version)
    situation = situation_now(workspace, channel_id)
    (claimed,) = claimed_by(workspace, [text], before=RULES_FROM)
    away = bool(settings.away_text) and not situation.is_open
    told = Told(match_keyword(workspace, text), has_code=bool(claimed), away=away)
    decision = decide(text, book.index, book.conditions, situation, told)
    rules = {rule.pk: rule for rule in list_rules(workspace)}
    passed = [(rules[match.phrase.rule], why) for match, why in decision.passed_over if match.phrase.rule in rules]
    return Trial(decision.winner, rules.get(decision.rule or 0), decision.match, passed, claimed)
