"""Signals of the channels room."""

from django.dispatch import Signal

channel_archived = Signal()
"""Sent in the transaction that archives a number, with `channel`."""
