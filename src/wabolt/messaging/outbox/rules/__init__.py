"""Pure decisions of messaging: who may be sent to, when, how fast, and what became of it. No Django, no clock."""

from wabolt.messaging.outbox.rules.pace import (
    Standstill,
    batch_size,
    daily_allowance,
    finish_estimate,
    gap,
    standstill,
)
from wabolt.messaging.outbox.rules.policy import (
    ALLOWED,
    EXPIRED,
    Decision,
    Hours,
    Limits,
    SendFacts,
    cap_windows,
    may_send,
    next_day,
    quiet_until,
)
from wabolt.messaging.store.rules import ReceiptKind, State, may_go_again, message_state, told_of_try
from wabolt.personalization.rules.links import BASE62, make_token, read_token
from wabolt.personalization.rules.visitors import is_machine

__all__ = [
    "ALLOWED",
    "BASE62",
    "EXPIRED",
    "Decision",
    "Hours",
    "Limits",
    "ReceiptKind",
    "SendFacts",
    "Standstill",
    "State",
    "batch_size",
    "cap_windows",
    "daily_allowance",
    "finish_estimate",
    "gap",
    "is_machine",
    "make_token",
    "may_go_again",
    "may_send",
    "message_state",
    "next_day",
    "quiet_until",
    "read_token",
    "standstill",
    "told_of_try",
]
