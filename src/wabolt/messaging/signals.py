"""What messaging tells the rooms above it."""

from django.dispatch import Signal

message_received = Signal()
"""Sent by intake inside the transaction that stores an inbound message, with `message` (Message) and `contact`."""

messages_queued = Signal()
"""Sent inside the transaction that queues, with `workspace`, `channel` and `count`."""
