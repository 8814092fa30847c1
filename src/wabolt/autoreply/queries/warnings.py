"""Warnings about rules that can never answer, or of which a part no longer works."""

from collections.abc import Sequence

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import opening_hours
from wabolt.autoreply.models import ReplyAnswer, ReplyRule
from wabolt.autoreply.queries.rule_books import RULES_FROM, read_rules
from wabolt.autoreply.rules.checking import RuleWarning, ShopFacts, check_rules
from wabolt.channels.models import Channel
from wabolt.consent.queries import match_keywords
from wabolt.contacts.registry import check_calls, contact_action, read_calls
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.registry import claimed_by
from wabolt.segments.models import Segment
from wabolt.segments.queries import BrokenSegment, sample_contacts, segment_tree

SILENT_STATES = (Channel.State.LOGGED_OUT, Channel.State.BANNED)


def warnings_of(workspace: Workspace) -> dict[int, RuleWarning]:
    """The warning about each rule that has one, by id of the rule."""
    book = read_rules(workspace.pk)
    rules = list(ReplyRule.objects.filter(workspace=workspace, deleted_at=None, is_on=True))
    if not rules:
        return {}
    hours = opening_hours(workspace)
    facts = ShopFacts(
        closes=hours.closes_within(clock.now()),
        closed_days=hours.closed_weekdays(),
        silent_channels=_silent_channels(rules),
        empty_segments=_empty_segments(workspace, rules),
        keywords=_keywords(workspace, [phrase for rule in rules for phrase in rule.phrases]),
        broken_actions=_broken_actions(workspace, rules),
        menus=_menus(rules),
    )
    return {warning.rule: warning for warning in check_rules(book.phrases, list(book.conditions.values()), facts)}


def _silent_channels(rules: Sequence[ReplyRule]) -> set[int]:
    """The numbers of rules that are archived or can no longer send."""
    wanted = Channel.objects.filter(pk__in={rule.channel_id for rule in rules if rule.channel_id})
    return {channel.pk for channel in wanted if channel.archived_at or channel.state in SILENT_STATES}


def _empty_segments(workspace: Workspace, rules: Sequence[ReplyRule]) -> set[int]:
    """The segments of rules that are empty, and those that cannot be read any more."""
    segments = Segment.objects.filter(workspace=workspace, pk__in={rule.segment_id for rule in rules})
    return {segment.pk for segment in segments if _is_empty(workspace, segment)}


def _is_empty(workspace: Workspace, segment: Segment) -> bool:
    try:
        return not sample_contacts(workspace, segment_tree(segment), 1)
    except BrokenSegment:
        return True


def _keywords(workspace: Workspace, phrases: Sequence[str]) -> set[str]:
    """The words of rules that something else always takes: they stop or start promotions, or belong to a giveaway or a
    request about data. A shop may have chosen them after the rule was made."""
    meanings, claims = match_keywords(workspace, phrases), claimed_by(workspace, phrases, before=RULES_FROM)
    taken = zip(phrases, meanings, claims, strict=True)
    return {phrase for phrase, meaning, claim in taken if meaning is not None or claim}


def _broken_actions(workspace: Workspace, rules: Sequence[ReplyRule]) -> dict[int, str]:
    """The first action of each rule that is refused now, for example because its label, form or member is gone."""
    found: dict[int, str] = {}
    for rule in rules:
        for call in read_calls(rule.then):
            action = contact_action(call.key)
            try:
                check_calls(workspace, [call])
            except DomainError:
                found.setdefault(rule.pk, str(action.label) if action else call.key)
    return found


def _menus(rules: Sequence[ReplyRule]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    for answer in ReplyAnswer.objects.filter(rule__in=rules).exclude(choices=[]):
        found.setdefault(answer.rule_id, []).extend((line["title"], line["rule"]) for line in answer.choices)
    return found
