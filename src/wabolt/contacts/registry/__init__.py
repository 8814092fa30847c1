"""What other rooms add to contacts."""

from wabolt.contacts.registry.event_consumers import EventConsumer, LoggedEvent, consumers, register_consumer

__all__ = ["EventConsumer", "LoggedEvent", "consumers", "register_consumer"]
