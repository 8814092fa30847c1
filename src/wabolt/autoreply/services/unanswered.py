"""Messages that no rule answered: noting them, and settling them."""

from collections.abc import Sequence

from django.db import transaction

from wabolt.accounts.models import User, Workspace
from wabolt.autoreply.models import ReplyRule, UnansweredMessage
from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.services.editing import draft_of, update_rule
from wabolt.lib import clock
from wabolt.messaging.models import Message

_ACKNOWLEDGEMENTS = frozenset(["oke", "iya", "terima", "kasih", "tidak", "sudah", "baik", "sama"])
"""Words of messages that need no answer."""


def note_unanswered(messages: Sequence[Message], workspace: Workspace) -> None:
    """Notes messages that no rule answered, except those that only thank or agree."""
    said = [(message, plain_words(message.text)) for message in messages]
    UnansweredMessage.objects.bulk_create(
        UnansweredMessage(
            workspace=workspace, contact_id=message.contact_id, message=message, words=" ".join(words)[:200]
        )
        for message, words in said
        if words and not all(word in _ACKNOWLEDGEMENTS for word in words)
    )


def settle_unanswered(*, workspace: Workspace, ids: Sequence[int]) -> int:
    """Takes the rows off the list, because a rule answers them now or none shall. Returns how many."""
    rows = UnansweredMessage.objects.filter(workspace=workspace, pk__in=ids, settled_at=None)
    return rows.update(settled_at=clock.now())


@transaction.atomic
def add_phrase(*, workspace: Workspace, rule: ReplyRule, phrase: str, ids: Sequence[int], by: User) -> ReplyRule:
    """Adds the words to a rule and settles the messages. Raises as `update_rule`."""
    draft = draft_of(rule)
    changed = update_rule(workspace=workspace, rule_id=rule.pk, draft=draft.with_phrase(phrase), by=by)
    settle_unanswered(workspace=workspace, ids=ids)
    return changed
