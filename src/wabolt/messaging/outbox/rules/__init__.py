"""Pure decisions about sending: policy and pace."""

from wabolt.lib.quiet_hours import Hours, next_day, quiet_until
from wabolt.messaging.outbox.rules.pace import (
    LaneFacts,
    Pace,
    Standstill,
    batch_size,
    daily_allowance,
    finish_estimate,
    gap,
    standstill,
)
from wabolt.messaging.outbox.rules.policy import (
    ALLOWED,
    COUNTED_STATES,
    EXPIRED,
    MORE_IMPORTANT,
    STOP_DOUBT,
    Decision,
    Limits,
    SendFacts,
    cap_windows,
    may_send,
    refusal_sql,
)

__all__ = [
    "ALLOWED",
    "COUNTED_STATES",
    "EXPIRED",
    "MORE_IMPORTANT",
    "STOP_DOUBT",
    "Decision",
    "Hours",
    "LaneFacts",
    "Limits",
    "Pace",
    "SendFacts",
    "Standstill",
    "batch_size",
    "cap_windows",
    "daily_allowance",
    "finish_estimate",
    "gap",
    "may_send",
    "next_day",
    "quiet_until",
    "refusal_sql",
    "standstill",
]
