"""Signals for the rooms above."""

from django.dispatch import Signal

message_received = Signal()
"""Sent by intake inside the transaction that stores an inbound message, with `message` (Message) and `contact`."""
