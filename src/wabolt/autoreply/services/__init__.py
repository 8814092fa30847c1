"""Writes of automatic replies."""

from wabolt.autoreply.services.answering import answer
from wabolt.autoreply.services.app_answers import check_app_answers, register_alert
from wabolt.autoreply.services.asking import FINISHED, FORM_ORIGIN, read_due_answers
from wabolt.autoreply.services.asking import expire as expire_chat_forms
from wabolt.autoreply.services.chat_forms import (
    ChatFormDraft,
    QuestionDraft,
    create_chat_form,
    delete_chat_form,
    switch_chat_form,
    update_chat_form,
)
from wabolt.autoreply.services.editing import (
    START_FORM,
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
from wabolt.autoreply.services.starting import MEMBER, START_REASONS, end_after_restore, start_chat_form
from wabolt.autoreply.services.taking import end_at_stop, take_answers
from wabolt.autoreply.services.unanswered import add_phrase, forget_unanswered, settle_unanswered

__all__ = [
    "FINISHED",
    "FORM_ORIGIN",
    "MEMBER",
    "START_FORM",
    "START_REASONS",
    "AnswerDraft",
    "ChatFormDraft",
    "QuestionDraft",
    "RuleDraft",
    "SettingsDraft",
    "add_phrase",
    "answer",
    "check_app_answers",
    "create_chat_form",
    "create_rule",
    "delete_chat_form",
    "delete_rule",
    "end_after_restore",
    "end_at_stop",
    "expire_chat_forms",
    "forget_unanswered",
    "hand_back",
    "move_rule",
    "read_due_answers",
    "register_alert",
    "save_settings",
    "settle_unanswered",
    "start_chat_form",
    "switch_chat_form",
    "switch_rule",
    "take_answers",
    "take_over",
    "update_chat_form",
    "update_rule",
]
