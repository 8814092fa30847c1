"""What a number's process stores of one thing it heard, and the keys that keep it from being stored twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from wabolt.lib.text import storable

TECHNICAL = {"messageContextInfo", "senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage"}
"""Fields of a message that go along with it, and say nothing."""
FIRST_YEAR = 2009
"""WhatsApp is not older: an earlier time is none."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as it is stored. `ids` are WhatsApp's ids of messages whose secrets may hold a ref of ours."""

    kind: str
    payload: dict[str, Any]
    at: datetime
    dedupe_key: str | None = None
    ids: list[str] = field(default_factory=list)


def key_of(*parts: str) -> str:
    """The dedupe key of an event: its kind and first id in clear, all of its parts in a digest."""
    digest = blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return storable(f"{parts[0]}:{parts[1]}"[:100]) + f":{digest}"


def moment_of(seconds: float, now: datetime) -> datetime:
    """A time as WhatsApp told it; `now` where it is impossible."""
    try:
        told = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return told if told.year >= FIRST_YEAR else now
