"""The rules of a workspace, prepared for matching."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ReplyRule, ReplySettings
from wabolt.autoreply.rules.choosing import RuleConditions
from wabolt.autoreply.rules.matching import Closeness, Phrase, PhraseIndex, index_phrases
from wabolt.messaging.models import Message

ORIGIN = "auto_reply"
"""`Message.origin_kind` of the answers of rules; the origin id is the rule's."""
RULES_FROM = 40
"""The order of the responder that answers by rules."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of a workspace in the form that matching needs."""

    index: PhraseIndex
    phrases: Sequence[Phrase]
    conditions: Mapping[int, RuleConditions]


def settings_of(workspace: Workspace) -> ReplySettings:
    """The settings of automatic replies; the defaults if nothing is stored."""
    return ReplySettings.objects.filter(workspace=workspace).first() or ReplySettings(workspace=workspace)


def rule_book(workspace_id: int, version: int) -> RuleBook:
    """The rules of this version of the settings. Each process keeps those of the workspaces that it served last."""
    return _rule_book(workspace_id, version)


def list_rules(workspace: Workspace) -> QuerySet[ReplyRule]:
    """The rules in their order, each with `answered`, the number of its answers."""
    sent = (
        Message.objects.filter(origin_kind=ORIGIN, origin_id=OuterRef("pk"))
        .order_by()
        .values("origin_id")
        .annotate(number=Count("pk"))
        .values("number")
    )
    rules = ReplyRule.objects.filter(workspace=workspace, deleted_at=None).select_related("channel", "segment")
    return rules.prefetch_related("answers").annotate(answered=Coalesce(Subquery(sent), 0))


def get_rule(workspace: Workspace, rule_id: int) -> ReplyRule:
    """One rule. Raises ReplyRule.DoesNotExist, also for a deleted one and one of another workspace."""
    return list_rules(workspace).get(pk=rule_id)


@lru_cache(maxsize=64)
def _rule_book(workspace_id: int, _version: int) -> RuleBook:
    return read_rules(workspace_id)


def read_rules(workspace_id: int) -> RuleBook:
    """The rules as they are stored now."""
    rules = list(ReplyRule.objects.filter(workspace=workspace_id, deleted_at=None))
    phrases = [
        Phrase(rule.pk, text, Closeness(rule.reach), order) for order, rule in enumerate(rules) for text in rule.phrases
    ]
    conditions = {
        rule.pk: RuleConditions(
            rule.pk, rule.is_on, rule.when, rule.channel_id, rule.segment_id, frozenset(rule.weekdays)
        )
        for rule in rules
    }
    return RuleBook(index_phrases(phrases), phrases, conditions)
