"""The state of a message, computed from all its receipts. The order of the receipts does not matter."""

from collections.abc import Collection
from typing import Literal

State = Literal[
    "received", "queued", "sending", "sent", "delivered", "read", "failed", "suppressed", "cancelled", "unknown"
]
ReceiptKind = Literal["sent", "delivered", "read", "failed"]

WENT_OUT = ("sent", "delivered", "read")
"""States of a message that the vendor accepted and that did not fail afterwards: what pages call "sent"."""
_NEVER_STARTED = frozenset({"queued", "suppressed", "cancelled"})


def message_state(current: State, receipts: Collection[ReceiptKind]) -> State:
    """The state of an outbound message with the current state `current` and all stored `receipts`.

    - `read` beats `delivered`, and both beat all other states. A `failed` next to them changes nothing, because the
      message did arrive.
    - `failed` beats `sent`: the server accepted the message and then gave up.
    - Any receipt settles `unknown` and `sending`.
    - A message that never started (cancelled, suppressed, queued again) keeps its state unless a receipt proves that
      it was sent; a `failed` alone proves nothing.
    """
    kinds = set(receipts)
    if "read" in kinds:
        return "read"
    if "delivered" in kinds:
        return "delivered"
    if current == "received" or (current in _NEVER_STARTED and kinds.isdisjoint(WENT_OUT)):
        return current
    if "failed" in kinds:
        return "failed"
    if "sent" in kinds:
        return "sent"
    return current


MAX_ATTEMPTS = 2
"""Maximum number of attempts for a message whose failure the vendor reports."""


def receipts_of_attempt(receipts: Collection[tuple[str, ReceiptKind]], provider_id: str | None) -> set[ReceiptKind]:
    """The kinds of receipts that decide the state of the attempt with this provider id.

    `delivered` and `read` of an earlier attempt count too, because they prove that the message arrived.
    """
    return {kind for name, kind in receipts if name == provider_id or kind in ("delivered", "read")}


def may_be_retried(before: State, after: State, receipts: Collection[tuple[str, ReceiptKind]]) -> bool:
    """Whether to send a message again that has just changed from `before` to `after`. The vendor must allow it too."""
    attempts = {name for name, kind in receipts if kind == "failed"}
    return after == "failed" and before in ("sending", "unknown", "sent") and len(attempts) < MAX_ATTEMPTS
