"""Removes what messaging keeps about people whose data is erased."""

from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from wabolt.accounts.models import Workspace
from wabolt.channels.services import events_about
from wabolt.contacts.models import Identity
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.outbox.models import Click
from wabolt.messaging.store.models import Conversation, Message


def forget_words(contact_ids: Sequence[int]) -> None:
    """Empties the messages to and from these contacts, in the caller's transaction.

    The rows stay, because reports count them. A vendor's message id goes too: Meta's ids contain the phone number.
    """
    messages = Message.objects.filter(contact__in=contact_ids)
    hidden = Concat(Value("erased:"), Cast(F("id"), CharField()))
    Click.objects.filter(message__in=messages).update(user_agent="")
    Receipt.objects.filter(message__in=messages).update(provider_id=hidden, detail="")
    messages.filter(provider_id__isnull=False).update(provider_id=hidden)
    messages.update(text="", variables={}, choices=[], choices_label="", detail="", to_phone="")
    Conversation.objects.filter(contact__in=contact_ids).update(
        last_text="", unread=0, unanswered=0, dialog_kind="", dialog_data={}, dialog_until=None
    )


def files_of(workspace: Workspace, contact_ids: Sequence[int]) -> int:
    """The number of files that messages from and to these contacts carry."""
    theirs = Message.objects.filter(workspace=workspace, contact__in=contact_ids, media__isnull=False)
    return theirs.values("media").distinct().count()


def raw_events_of(workspace: Workspace, contact_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The raw events that name these contacts."""
    found = Identity.objects.filter(workspace=workspace, contact_id__in=contact_ids).values_list("kind", "value")
    return events_about(workspace=workspace, addresses=list(found))
