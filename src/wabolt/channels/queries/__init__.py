"""Reads of channels."""

from wabolt.channels.queries.cards import (
    NumberCard,
    number_cards,
)
from wabolt.channels.queries.numbers import (
    EventCounts,
    channels,
    event_counts,
    get_channel,
    strange_kinds,
    troubled_events,
    working_channels,
)

__all__ = [
    "EventCounts",
    "NumberCard",
    "channels",
    "event_counts",
    "get_channel",
    "number_cards",
    "strange_kinds",
    "troubled_events",
    "working_channels",
]
