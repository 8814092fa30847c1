"""What other rooms add to contacts."""

from wabolt.contacts.registry.bulk_actions import BulkAction, bulk_actions_for, register_bulk_action
from wabolt.contacts.registry.event_consumers import EventConsumer, LoggedEvent, consumers, register_consumer

__all__ = [
    "BulkAction",
    "EventConsumer",
    "LoggedEvent",
    "bulk_actions_for",
    "consumers",
    "register_bulk_action",
    "register_consumer",
]
