"""Messages of a batch that the claim ends or defers instead of sending them."""

from dataclasses import dataclass, field
from datetime import datetime

from wabolt.messaging.gateway.sql import execute
from wabolt.messaging.outbox import rules

_DEFER = """
    UPDATE messaging_message m SET not_before = v.not_before, reason = v.reason
    FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[], %(reasons)s::text[]) AS v (id, not_before, reason)
    WHERE m.id = v.id
"""
_DEFERRED = (rules.STOP_DOUBT, rules.MORE_IMPORTANT)
_END = """
    UPDATE messaging_message m SET state = v.state, reason = v.reason, detail = v.detail
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[])
        AS v (id, state, reason, detail)
    WHERE m.id = v.id
"""


@dataclass(slots=True)
class Unsent:
    """Collects these messages; `commit` updates them in the caller's transaction."""

    ended: list[tuple[int, str, str, str]] = field(default_factory=list)
    """(id, state, reason, detail) of messages that will never be sent."""
    deferred: list[tuple[int, datetime, str]] = field(default_factory=list)
    """(id, not before, reason) of messages that wait until a member settles a doubt, or for a more important one."""

    def end(self, message_id: int, state: str, reason: str, detail: str = "") -> None:
        """Notes a message that will never be sent."""
        self.ended.append((message_id, state, reason, detail))

    def refuse(self, message_id: int, decision: rules.Decision) -> None:
        """Notes a message that the policy refuses. One that waits for quiet hours or the daily cap stays queued."""
        if decision.not_before is None:
            self.end(message_id, "suppressed", decision.reason)
        elif decision.reason in _DEFERRED:
            self.deferred.append((message_id, decision.not_before, decision.reason))

    def commit(self) -> int:
        """Updates the messages; returns how many."""
        if self.deferred:
            ids, moments, reasons = (list(column) for column in zip(*self.deferred, strict=True))
            execute(_DEFER, {"ids": ids, "moments": moments, "reasons": reasons})
        if self.ended:
            ids, states, reasons, details = (list(column) for column in zip(*self.ended, strict=True))
            execute(_END, {"ids": ids, "states": states, "reasons": reasons, "details": details})
        return len(self.deferred) + len(self.ended)
