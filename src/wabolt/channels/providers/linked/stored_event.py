"""The stored form of an event of a linked number, and its dedupe keys."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from wabolt.lib.text import storable

TECHNICAL = {"messageContextInfo", "senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage"}
"""Fields of a message that carry no content."""
FIRST_YEAR = 2009
"""Year of WhatsApp's start. Earlier timestamps are invalid."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it is stored. `ids`: WhatsApp's ids of messages whose secrets may contain a ref."""

    kind: str
    payload: dict[str, Any]
    at: datetime
    dedupe_key: str | None = None
    ids: list[str] = field(default_factory=list)


def key_of(*parts: str) -> str:
    """Returns a dedupe key: the kind, the first id, and a digest of all parts."""
    digest = blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return storable(f"{parts[0]}:{parts[1]}"[:100]) + f":{digest}"


def moment_of(seconds: float, now: datetime) -> datetime:
    """Returns WhatsApp's timestamp as a datetime, or `now` for an invalid one."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return moment if moment.year >= FIRST_YEAR else now
