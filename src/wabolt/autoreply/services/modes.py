"""Taking a conversation over from the automatic replies, and handing it back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from wabolt.accounts.models import User
from wabolt.accounts.services import record_audit
from wabolt.autoreply.models import ChatFormRun, ConversationMode
from wabolt.lib import clock
from wabolt.messaging.models import Conversation

TAKEN_OVER = timedelta(hours=12)
"""A take-over ends by itself: no conversation stays without automatic replies because a member forgot it."""


@transaction.atomic
def take_over(*, conversation: Conversation, by: User | None = None) -> ConversationMode:
    """Lets only people answer the conversation for `TAKEN_OVER`. An open chat form ends.

    `by`: the member who took it over, who gets an audit entry; None for a rule or a chat form.
    """
    open_now = ChatFormRun.objects.filter(conversation=conversation, ended_at=None)
    open_now.update(state=ChatFormRun.State.HANDED_OVER, ended_at=clock.now(), due_at=None, pending=[])
    values = {"taken_over_until": clock.now() + TAKEN_OVER, "taken_over_by": by, "handed_back_at": None}
    if by is not None:
        _audit(conversation, "autoreply.take_over", by)
    return _save(conversation, values)


@transaction.atomic
def hand_back(*, conversation: Conversation, by: User | None = None) -> ConversationMode:
    """Lets automatic replies answer the conversation again, also if a person has just written or a machine was
    suspected."""
    values = {"taken_over_until": None, "taken_over_by": None, "handed_back_at": clock.now(), "machine_at": None}
    _audit(conversation, "autoreply.hand_back", by)
    return _save(conversation, values)


def note_machine(conversation: Conversation) -> None:
    """Notes that the contact writes like a machine."""
    _save(conversation, {"machine_at": clock.now()})


def note_away(conversation: Conversation) -> None:
    """Notes that the away text was sent."""
    _save(conversation, {"away_at": clock.now()})


def _audit(conversation: Conversation, action: str, by: User | None) -> None:
    target = ("contact", conversation.contact_id)
    record_audit(workspace=conversation.workspace, actor=by, action=action, target=target)


def _save(conversation: Conversation, values: Mapping[str, Any]) -> ConversationMode:
    mode, _created = ConversationMode.objects.update_or_create(conversation=conversation, defaults=values)
    return mode
