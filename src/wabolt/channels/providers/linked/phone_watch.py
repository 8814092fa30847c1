"""Detects whether the shop's own phone is offline. Pure."""

from datetime import datetime, timedelta

PATIENCE = timedelta(hours=3)
"""Silence after which the phone counts as offline. Phones are often offline for an hour or two."""


class PhoneWatch:
    """WhatsApp does not report an offline phone. But the phone receives a copy of each message that we send, and
    confirms it with a receipt of type "sender" (whatsmeow, `types.ReceiptTypeSender`). A phone that has sent such
    receipts before, and sends none for `patience` after a message, counts as offline. A phone that
    never sent one does not count as offline."""

    def __init__(self, *, is_known: bool, patience: timedelta = PATIENCE) -> None:
        self._is_known = is_known
        self._patience = patience
        self._waits_since: datetime | None = None
        self._reported: datetime | None = None
        self._is_reported = False

    def sent(self, at: datetime) -> None:
        """Notes that a message was sent, which the phone will confirm."""
        if self._waits_since is None:
            self._waits_since = at

    def seen(self) -> None:
        """Notes a confirmation of the phone."""
        self._is_known, self._waits_since = True, None

    def news(self, now: datetime) -> tuple[bool, datetime | None]:
        """Returns (whether the state changed, since when the phone is offline or None)."""
        since = self._waits_since if self._waits_since and now - self._waits_since >= self._patience else None
        if (
            not self._is_known
            or (self._is_reported and since == self._reported)
            or (since is None and self._waits_since)
        ):
            return False, None  # a short silence changes nothing
        self._reported, self._is_reported = since, True
        return True, since
