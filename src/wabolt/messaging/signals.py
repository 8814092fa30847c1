"""Signals for the rooms above."""

from django.dispatch import Signal

message_received = Signal()
"""Sent by intake inside the transaction that stores inbound messages, with `arrivals` (list of registry.Arrival of one
channel, in order). If a receiver raises, its changes are rolled back, and the signal is sent for each half."""
