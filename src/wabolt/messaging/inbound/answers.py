"""The definition of an answer to one question: whether a message answers a certain message of ours.

`replies` decides which message a reply counts for. This module decides whether a short text, such as YES, is about the
question that a room asked.
"""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from wabolt.messaging.registry import Arrival
from wabolt.messaging.store.models import Message

_CLOCK_TOLERANCE = timedelta(seconds=2)
"""An answer may seem this much older than the question: WhatsApp gives the time of a message in whole seconds."""
_STATES = Message.State
_MAYBE_SEEN = (_STATES.SENT, _STATES.DELIVERED, _STATES.READ, _STATES.SENDING, _STATES.UNKNOWN)


def answers_message(arrival: Arrival, message_id: object) -> bool:
    """Whether the arrival answers our message with this id.

    It does if it quotes the message. Without a quotation it does if it is later than the message and nothing else was
    sent to this person in this chat between the two. A message that was not sent cannot be answered. `message_id`: an
    id of `Message`, as a dialog or a row keeps it; None: no message, and the answer is False.
    """
    if not isinstance(message_id, int):
        return False
    if arrival.message.quoted_id is not None:
        return arrival.message.quoted_id == message_id
    # A question to a typed number has no contact, so its own id is looked for too.
    questions = Message.objects.filter(
        Q(contact=arrival.contact) | Q(pk=message_id),
        channel=arrival.channel,
        direction="outbound",
        state__in=_MAYBE_SEEN,
    )
    latest = (
        questions.annotate(seen_at=Coalesce("sent_at", "attempted_at"))
        .filter(seen_at__lte=arrival.message.created_at + _CLOCK_TOLERANCE)
        .order_by("-seen_at", "-pk")
        .first()
    )
    return latest is not None and latest.pk == message_id and latest.sent_at is not None
