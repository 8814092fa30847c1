"""Positions in lists that are ordered by time and id, for pages that begin after a row (keyset pagination)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position after the row with this time and this id. Its text form is microseconds since 1970, a dot, and the
    id."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.pk}"


def cursor_of(text: str) -> Cursor | None:
    """Parses a position; None for any other text."""
    micros, _dot, pk = text.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 17 for part in (micros, pk)):
        return None
    return Cursor(_EPOCH + timedelta(microseconds=int(micros)), int(pk))
