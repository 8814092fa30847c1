"""Reads of automatic replies."""

from wabolt.autoreply.queries.answering import answering_now, facts_of, is_member, turns_of
from wabolt.autoreply.queries.rule_books import RuleBook, get_rule, list_rules, rule_book, settings_of, warnings_of
from wabolt.autoreply.queries.trying import Trial, try_text
from wabolt.autoreply.queries.unanswered import Group, count_unanswered, unanswered_groups

__all__ = [
    "Group",
    "RuleBook",
    "Trial",
    "answering_now",
    "count_unanswered",
    "facts_of",
    "get_rule",
    "is_member",
    "list_rules",
    "rule_book",
    "settings_of",
    "try_text",
    "turns_of",
    "unanswered_groups",
    "warnings_of",
]
