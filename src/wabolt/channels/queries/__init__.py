"""Reads of channels."""

from wabolt.channels.queries.cards import (
    NumberCard,
    number_cards,
)
from wabolt.channels.queries.numbers import (
    EventCounts,
    channels,
    days_linked,
    event_counts,
    get_channel,
    machine_clock_lead,
    quiet_hours,
    stopped_channels,
    strange_kinds,
    troubled_events,
    working_channels,
)

__all__ = [
    "EventCounts",
    "NumberCard",
    "channels",
    "days_linked",
    "event_counts",
    "get_channel",
    "machine_clock_lead",
    "number_cards",
    "quiet_hours",
    "stopped_channels",
    "strange_kinds",
    "troubled_events",
    "working_channels",
]
