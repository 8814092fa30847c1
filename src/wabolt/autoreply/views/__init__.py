"""Pages of automatic replies."""

from wabolt.autoreply.views import bubbles, chat_forms
from wabolt.autoreply.views.replies import (
    change,
    edit,
    mode,
    new,
    rule_list,
    settings_page,
    try_out,
    unanswered,
)

__all__ = [
    "bubbles", "change", "chat_forms", "edit", "mode", "new", "rule_list", "settings_page", "try_out", "unanswered",
]  # fmt: skip
