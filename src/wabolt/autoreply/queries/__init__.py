"""Reads of automatic replies."""

from wabolt.autoreply.queries.answering import answering_now
from wabolt.autoreply.queries.chat_forms import get_chat_form, list_chat_forms
from wabolt.autoreply.queries.prices import reply_price
from wabolt.autoreply.queries.rule_books import get_rule, list_rules, settings_of
from wabolt.autoreply.queries.trying import try_text
from wabolt.autoreply.queries.unanswered import count_unanswered, unanswered_groups
from wabolt.autoreply.queries.warnings import warnings_of

__all__ = [
    "answering_now",
    "count_unanswered",
    "get_chat_form",
    "get_rule",
    "list_chat_forms",
    "list_rules",
    "reply_price",
    "settings_of",
    "try_text",
    "unanswered_groups",
    "warnings_of",
]
