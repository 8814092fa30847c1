"""Messages that no rule answered: noting them, and settling them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from wabolt.accounts.models import User, Workspace
from wabolt.autoreply.models import ReplyRule, UnansweredMessage
from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.services.editing import draft_of, update_rule
from wabolt.lib import clock
from wabolt.messaging.models import Message

KEPT = timedelta(days=90)
"""Time for which a message that no rule answered is kept: less than the texts of messages at least are."""
SETTLED_KEPT = timedelta(days=1)
AT_ONCE = 5000
"""Rows that one run deletes."""
_ACKNOWLEDGEMENTS = frozenset(["oke", "iya", "terima", "kasih", "tidak", "sudah", "baik", "sama"])
"""Words of messages that need no answer."""


def note_unanswered(messages: Sequence[Message], workspace: Workspace, texts: Mapping[int, str]) -> None:
    """Notes messages that no rule answered, except those that only thank or agree. `texts`: what people typed, by
    message."""
    said = [(message, plain_words(texts[message.pk])) for message in messages]
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


def forget_unanswered() -> int:
    """Deletes messages that were settled, and those that are older than `KEPT`. Returns how many."""
    now = clock.now()
    old = UnansweredMessage.objects.filter(Q(settled_at__lt=now - SETTLED_KEPT) | Q(created_at__lt=now - KEPT))
    return UnansweredMessage.objects.filter(pk__in=old.order_by("pk")[:AT_ONCE].values("pk")).delete()[0]


@transaction.atomic
def add_phrase(*, workspace: Workspace, rule: ReplyRule, phrase: str, ids: Sequence[int], by: User) -> ReplyRule:
    """Adds the words to a rule and settles the messages. Raises as `update_rule`."""
    draft = draft_of(rule)
    changed = update_rule(workspace=workspace, rule_id=rule.pk, draft=draft.with_phrase(phrase), by=by)
    settle_unanswered(workspace=workspace, ids=ids)
    return changed
