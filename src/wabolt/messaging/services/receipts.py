"""Receipts: late, twice and shuffled, and still the same in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wabolt.channels.models import Channel


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What a provider told about one message. `kind`: sent, delivered, read, failed. `ref`: the one we gave with
    `Outgoing`, where the provider echoes it: it finds a message whose provider id we never learned."""

    provider_id: str
    kind: str
    at: datetime
    detail: str = ""
    ref: str | None = None


def settle_receipts(*, channel: Channel, receipts: Sequence[NewReceipt]) -> int:
    """Stores receipts once per message and kind, moves the messages they belong to and records their events; returns
    how many messages changed. One that comes before its message is known waits and is matched later."""
    raise NotImplementedError


def match_waiting_receipts(*, channel: Channel) -> int:
    """Finds the messages of receipts that came too early; returns how many messages changed."""
    raise NotImplementedError
