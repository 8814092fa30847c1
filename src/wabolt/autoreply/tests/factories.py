"""Ready-made rules, and the objects of the routes of this room."""

from collections.abc import Callable, Mapping
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ChatForm, ReplyRule
from wabolt.autoreply.services import (
    AnswerDraft,
    ChatFormDraft,
    QuestionDraft,
    RuleDraft,
    create_chat_form,
    create_rule,
)
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.models import Conversation


def make_rule(workspace: Workspace, *phrases: str, answer: str = "Siap Kak", **fields: Any) -> ReplyRule:
    """A rule with one answer."""
    answers = fields.pop("answers", [AnswerDraft(answer)])
    name = fields.pop("name", phrases[0])
    return create_rule(workspace=workspace, draft=RuleDraft(name, phrases, answers, **fields))


def make_chat_form(workspace: Workspace, *questions: QuestionDraft, **fields: Any) -> ChatForm:
    """A chat form; without questions it asks for birthday, city and gender."""
    asked = questions or (
        QuestionDraft("birth_date", "Ulang tahunnya kapan, Kak?"),
        QuestionDraft("city", "Tinggal di kota mana?"),
        QuestionDraft("gender", "Cewek atau cowok, Kak?"),
    )
    texts = {"name": "Klub ulang tahun", "intro": "Hai Kak!", "thanks": "Makasih ya Kak!", **fields}
    return create_chat_form(workspace=workspace, draft=ChatFormDraft(questions=asked, **texts))


def _rule(workspace: Workspace) -> dict[str, Any]:
    return {"rule_id": make_rule(workspace, "harga").pk}


def _form(workspace: Workspace) -> dict[str, Any]:
    return {"form_id": make_chat_form(workspace).pk}


def _conversation(workspace: Workspace) -> dict[str, Any]:
    conversation = Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=make_contact(workspace)
    )
    return {"conversation_id": conversation.pk}


ISOLATION: Mapping[str, Callable[[Workspace], Mapping[str, Any]]] = {
    "edit": _rule, "change": _rule, "mode": _conversation, "form_start": _conversation,
    "form_detail": _form, "form_edit": _form, "form_change": _form,
}  # fmt: skip
"""Objects that routes of this room refer to (`tests/guards/test_isolation.py`)."""
