"""What became of a message, from all that is known of it. The same facts give the same answer in any order."""

from collections.abc import Collection
from typing import Literal

State = Literal[
    "received", "queued", "sending", "sent", "delivered", "read", "failed", "suppressed", "cancelled", "unknown"
]
ReceiptKind = Literal["sent", "delivered", "read", "failed"]

_WENT_OUT = frozenset({"sent", "delivered", "read"})
_NEVER_STARTED = frozenset({"queued", "suppressed", "cancelled"})


def message_state(current: State, receipts: Collection[ReceiptKind]) -> State:
    """The state of an outbound message whose attempt ended (or stands) in `current` and for which all of `receipts`
    were ever stored.

    - What a phone shows beats everything: read, then delivered. A `failed` that comes beside them is kept as a
      receipt and changes nothing, because the message did arrive.
    - `failed` beats `sent`: the servers took it and then gave up.
    - Any receipt settles `unknown` and `sending`.
    - A message that never started (cancelled, suppressed, queued again) stays so unless a receipt proves that it went
      out; a `failed` alone proves nothing.
    """
    kinds = set(receipts)
    if "read" in kinds:
        return "read"
    if "delivered" in kinds:
        return "delivered"
    if current == "received" or (current in _NEVER_STARTED and not kinds & _WENT_OUT):
        return current
    if "failed" in kinds:
        return "failed"
    if "sent" in kinds:
        return "sent"
    return current


MAX_TRIES = 2
"""How often a message may go out in all, where the vendor says itself that a try did not arrive."""


def told_of_try(receipts: Collection[tuple[str, ReceiptKind]], provider_id: str | None) -> set[ReceiptKind]:
    """What of all receipts of a message, as (provider id, kind), counts for its try under `provider_id`. Of an earlier
    try that counts which shows that it arrived after all; that it was taken and given up says nothing any more."""
    return {kind for name, kind in receipts if name == provider_id or kind in ("delivered", "read")}


def may_go_again(before: State, after: State, receipts: Collection[tuple[str, ReceiptKind]]) -> bool:
    """Whether a message that a receipt has just made `failed`, and whose vendor offers another try, gets one."""
    tries = {name for name, kind in receipts if kind == "failed"}
    return after == "failed" and before in ("sending", "unknown", "sent") and len(tries) < MAX_TRIES
