"""What accounts tells the rooms above it."""

from django.dispatch import Signal

workspace_created = Signal()
"""Sent inside the transaction that creates a workspace, with `workspace`: each room gives it what it starts with."""
