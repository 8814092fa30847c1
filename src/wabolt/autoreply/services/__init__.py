"""Writes of automatic replies."""

from wabolt.autoreply.services.answering import answer
from wabolt.autoreply.services.editing import (
    AnswerDraft,
    RuleDraft,
    SettingsDraft,
    create_rule,
    delete_rule,
    move_rule,
    save_settings,
    switch_rule,
    update_rule,
)
from wabolt.autoreply.services.modes import hand_back, take_over
from wabolt.autoreply.services.unanswered import add_phrase, settle_unanswered

__all__ = [
    "AnswerDraft",
    "RuleDraft",
    "SettingsDraft",
    "add_phrase",
    "answer",
    "create_rule",
    "delete_rule",
    "hand_back",
    "move_rule",
    "save_settings",
    "settle_unanswered",
    "switch_rule",
    "take_over",
    "update_rule",
]
