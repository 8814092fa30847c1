"""What the channels room tells the rooms above it."""

from django.dispatch import Signal

channel_archived = Signal()
"""Sent inside the transaction that takes a number out of use, with `channel`."""
