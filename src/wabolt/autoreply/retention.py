"""Retention of answers to chat forms, and of messages that no rule answered."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.lib.retention import FixedRetention, RetentionClass, counting, emptying, register_retention

_OLD = """
SELECT r.id FROM autoreply_chatformrun r
 WHERE r.workspace_id = %(workspace)s AND r.ended_at < %(before)s AND (r.answers <> '{}' OR r.pending <> '[]')
"""
_EMPTY = "UPDATE autoreply_chatformrun SET answers = '{}', pending = '[]' WHERE id = ANY(%(ids)s)"


def register() -> None:
    """Called from `AutoreplyConfig.ready`."""
    register_retention(
        RetentionClass(
            "chat_forms",
            _("Answers to chat forms"),
            _("The answers go from the form; what was written into the contact stays, and so do all figures."),
            lambda count: ngettext("%(count)s answered chat form", "%(count)s answered chat forms", count),
            counting(_OLD),
            emptying(_OLD, "r", _EMPTY),
            least_months=3,
            order=25,
        ),
        FixedRetention(
            "unanswered",
            _("Messages that no rule answered"),
            _("90 days: then nobody makes a rule of them any more."),
            order=26,
        ),
    )
