"""Whether the shop's own phone is there. Pure: it is told of times and answers what has become known."""

from datetime import datetime, timedelta

PATIENCE = timedelta(hours=3)
"""A phone may sleep, lie in a basement or fly for so long before anybody is troubled with it."""


class PhoneWatch:
    """WhatsApp tells nobody that a phone is off. But the phone gets its own copy of whatever we send, and says so by a
    receipt of the type "sender" (whatsmeow, `types.ReceiptTypeSender`); one that has said so before and is silent for
    `patience` after we sent something is off. Of a phone that never said so nothing is known, and nothing is claimed.
    """

    def __init__(self, *, is_known: bool, patience: timedelta = PATIENCE) -> None:
        self._is_known = is_known
        self._patience = patience
        self._waits_since: datetime | None = None
        self._told: datetime | None = None
        self._is_told = False

    def sent(self, at: datetime) -> None:
        """We have sent a message, which the phone will say it has got."""
        if self._waits_since is None:
            self._waits_since = at

    def seen(self) -> None:
        """The phone gave a sign."""
        self._is_known, self._waits_since = True, None

    def news(self, now: datetime) -> tuple[bool, datetime | None]:
        """Whether there is something new to write down, and since when the phone is off (None: it is not)."""
        since = self._waits_since if self._waits_since and now - self._waits_since >= self._patience else None
        if not self._is_known or (self._is_told and since == self._told) or (since is None and self._waits_since):
            return False, None  # a silence that is still short says nothing, neither good nor bad
        self._told, self._is_told = since, True
        return True, since
