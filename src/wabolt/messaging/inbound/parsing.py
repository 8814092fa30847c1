"""From raw events of a provider to what they mean. `services.intake` stores the result."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from wabolt.channels.models import RawEvent
from wabolt.channels.registry import (
    AddressesChanged,
    CartReported,
    ConnectionChanged,
    IncomingMessage,
    LinkClicked,
    MessageUpdated,
    OrderPlaced,
    OwnMessage,
    PromotionsStopped,
    Provider,
    ProviderEvent,
    ReceiptArrived,
    UnknownEventError,
)
from wabolt.lib.text import storable

log = logging.getLogger(__name__)

MAX_ERROR = 1000
"""Maximum length of an error that is stored with the event."""


@dataclass
class ParsedBatch:
    """The parsed events of a batch, sorted by kind, each kind in the order of arrival."""

    messages: list[IncomingMessage] = field(default_factory=list)
    receipts: list[ReceiptArrived] = field(default_factory=list)
    clicks: list[LinkClicked] = field(default_factory=list)
    orders: list[OrderPlaced] = field(default_factory=list)
    carts: list[CartReported] = field(default_factory=list)
    changes: list[ConnectionChanged] = field(default_factory=list)
    stops: list[PromotionsStopped] = field(default_factory=list)
    own_messages: list[OwnMessage] = field(default_factory=list)
    updates: list[MessageUpdated] = field(default_factory=list)
    address_changes: list[AddressesChanged] = field(default_factory=list)
    receipt_ids: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """{raw event id: provider ids of the receipts in it}"""
    parsed: list[int] = field(default_factory=list)
    """ids of raw events that are done"""
    unknown: dict[int, str] = field(default_factory=dict)
    """{raw event id: error} of events of an unknown kind"""
    broken: dict[int, str] = field(default_factory=dict)
    """{raw event id: error} of events that could not be parsed and are tried again"""

    def add(self, event: ProviderEvent) -> None:
        """Puts a provider event into its list."""
        getattr(self, _LISTS[type(event)]).append(event)


_LISTS: Mapping[type, str] = {
    IncomingMessage: "messages",
    ReceiptArrived: "receipts",
    LinkClicked: "clicks",
    OrderPlaced: "orders",
    CartReported: "carts",
    ConnectionChanged: "changes",
    OwnMessage: "own_messages",
    MessageUpdated: "updates",
    PromotionsStopped: "stops",
    AddressesChanged: "address_changes",
}
"""The list of `ParsedBatch` for each kind of provider event."""


def parse_events(provider: Provider, raws: Sequence[RawEvent]) -> ParsedBatch:
    """Parses raw events. An event that cannot be parsed does not affect the others."""
    batch = ParsedBatch()
    for raw in raws:
        try:
            events = provider.parse(raw)
        except UnknownEventError as error:
            batch.unknown[raw.pk] = f"unknown: {error}"[:MAX_ERROR]
        except Exception as error:  # noqa: BLE001 - a vendor's event can be broken in any way, and must not block others
            log.warning("raw event %s (%s) cannot be parsed: %s", raw.pk, raw.kind, type(error).__name__)
            batch.broken[raw.pk] = describe(error)
        else:
            for event in events:
                batch.add(_not_after_arrival(raw.received_at, event))
                if isinstance(event, ReceiptArrived):
                    batch.receipt_ids[raw.pk] = (*batch.receipt_ids.get(raw.pk, ()), *event.provider_ids)
            strange = [told.unsupported for told in events if isinstance(told, IncomingMessage) and told.unsupported]
            if strange:  # stored and shown, and counted as an unknown kind
                batch.unknown[raw.pk] = f"unknown: message {strange[0]}"
            else:
                batch.parsed.append(raw.pk)
    return batch


def _not_after_arrival(received_at: datetime, event: ProviderEvent) -> ProviderEvent:
    """The event with a time that is not after its arrival: a vendor's or phone's clock may be ahead, and charts,
    attribution and service windows must not see times in the future."""
    return replace(event, at=received_at) if event.at > received_at else event


def describe(error: Exception) -> str:
    """The error as it is stored with the event."""
    return storable(f"{type(error).__name__}: {error}")[:MAX_ERROR]


def token_of(url: str) -> str:
    """The last part of a URL's path, which may be the token of a tracked link."""
    try:
        return urlsplit(url).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return ""
