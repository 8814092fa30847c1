"""From raw events of a provider to what they mean. `services.intake` stores the result."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from wabolt.channels.models import RawEvent
from wabolt.channels.registry import (
    AddressesChanged,
    ConnectionChanged,
    IncomingMessage,
    LinkClicked,
    MessageTouched,
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
"""Characters of an error that are kept beside the event."""


@dataclass
class Understood:
    """What a batch of raw events means, sorted by kind, each kind in the order it was heard."""

    messages: list[IncomingMessage] = field(default_factory=list)
    receipts: list[ReceiptArrived] = field(default_factory=list)
    clicks: list[LinkClicked] = field(default_factory=list)
    orders: list[OrderPlaced] = field(default_factory=list)
    changes: list[ConnectionChanged] = field(default_factory=list)
    stops: list[PromotionsStopped] = field(default_factory=list)
    own: list[OwnMessage] = field(default_factory=list)
    touched: list[MessageTouched] = field(default_factory=list)
    moved: list[AddressesChanged] = field(default_factory=list)
    understood: list[int] = field(default_factory=list)
    """ids of raw events that need no second look"""
    unknown: dict[int, str] = field(default_factory=dict)
    """raw event id to what is kept as its error: nobody has heard of this kind"""
    broken: dict[int, str] = field(default_factory=dict)
    """raw event id to error: parsing failed, another attempt may go better"""

    def add(self, event: ProviderEvent) -> None:
        """Puts a provider event into its list."""
        match event:
            case IncomingMessage():
                self.messages.append(event)
            case ReceiptArrived():
                self.receipts.append(event)
            case LinkClicked():
                self.clicks.append(event)
            case OrderPlaced():
                self.orders.append(event)
            case ConnectionChanged():
                self.changes.append(event)
            case OwnMessage():
                self.own.append(event)
            case MessageTouched():
                self.touched.append(event)
            case PromotionsStopped():
                self.stops.append(event)
            case AddressesChanged():
                self.moved.append(event)


def understand(provider: Provider, raws: Sequence[RawEvent]) -> Understood:
    """Parses raw events; one that cannot be parsed is set aside and harms no other."""
    batch = Understood()
    for raw in raws:
        try:
            events = provider.parse(raw)
        except UnknownEventError as error:
            batch.unknown[raw.pk] = f"unknown: {error}"[:MAX_ERROR]
        except Exception as error:  # noqa: BLE001 - a vendor's event can be broken in any way, and must not block others
            log.warning("raw event %s (%s) cannot be parsed: %r", raw.pk, raw.kind, error)
            batch.broken[raw.pk] = describe(error)
        else:
            for event in events:
                batch.add(_heard_by(raw.received_at, event))
            strange = [told.unsupported for told in events if isinstance(told, IncomingMessage) and told.unsupported]
            if strange:  # stored and shown, and counted with the kinds that nobody has heard of
                batch.unknown[raw.pk] = f"unknown: message {strange[0]}"
            else:
                batch.understood.append(raw.pk)
    return batch


def _heard_by(received_at: datetime, event: ProviderEvent) -> ProviderEvent:
    """The event, not later than we heard of it: a clock at the vendor or in a phone may run ahead, and nothing of ours
    lies in the future (charts, attribution, service windows)."""
    return replace(event, at=received_at) if event.at > received_at else event


def describe(error: Exception) -> str:
    """An error as it is kept beside the event."""
    return storable(f"{type(error).__name__}: {error}")[:MAX_ERROR]


def token_of(url: str) -> str:
    """What may be the token of a tracked link: the last piece of the address's path."""
    try:
        return urlsplit(url).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return ""
