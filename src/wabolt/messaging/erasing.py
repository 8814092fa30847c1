"""Removes what messaging keeps about people whose data is erased."""

from collections.abc import Sequence

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.outbox.models import Click
from wabolt.messaging.store.models import Conversation, Message


def forget_words(contact_ids: Sequence[int]) -> None:
    """Empties the messages to and from these contacts, in the caller's transaction.

    The rows stay, because reports count them. A vendor's message id goes too: Meta's ids contain the phone number.
    """
    theirs = Message.objects.filter(contact__in=contact_ids)
    hidden = Concat(Value("erased:"), Cast(F("id"), CharField()))
    Click.objects.filter(message__in=theirs).update(user_agent="")
    Receipt.objects.filter(message__in=theirs).update(provider_id=hidden, detail="")
    theirs.filter(provider_id__isnull=False).update(provider_id=hidden)
    theirs.update(text="", variables={}, choices=[], choices_label="", detail="", to_phone="")
    Conversation.objects.filter(contact__in=contact_ids).update(
        last_text="", unread=0, dialog_kind="", dialog_data={}, dialog_until=None
    )
