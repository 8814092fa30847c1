"""Forms of automatic replies."""

from wabolt.autoreply.forms.answers import AnswerForms
from wabolt.autoreply.forms.editor import ChatFormEditor
from wabolt.autoreply.forms.replies import RuleForm, SettingsForm, TryForm

__all__ = ["AnswerForms", "ChatFormEditor", "RuleForm", "SettingsForm", "TryForm"]
