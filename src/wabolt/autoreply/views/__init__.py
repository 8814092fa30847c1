"""Pages of automatic replies."""

from wabolt.autoreply.views import chat_forms
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

__all__ = ["change", "chat_forms", "edit", "mode", "new", "rule_list", "settings_page", "try_out", "unanswered"]
