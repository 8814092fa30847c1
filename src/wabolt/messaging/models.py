"""The models of messaging, for other rooms."""

from wabolt.messaging.inbound.models import IncomingFile, Receipt
from wabolt.messaging.member_phones.models import MemberPhone
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.outbox.models import Click, Lane, MessagePrice, PausedOrigin, PriceRate, TrackedLink
from wabolt.messaging.store.models import Conversation, Message, MessageContent

__all__ = [
    "Click",
    "Conversation",
    "IncomingFile",
    "Lane",
    "MemberPhone",
    "Message",
    "MessageContent",
    "MessagePrice",
    "PausedOrigin",
    "PriceRate",
    "Receipt",
    "Template",
    "TrackedLink",
]
