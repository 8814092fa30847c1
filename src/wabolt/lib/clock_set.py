"""The signal that the wall clock was set back."""

from django.dispatch import Signal

wall_clock_set_back = Signal()
"""Sent with `by` (timedelta) within five seconds, in each process of the installation that runs then. Receivers forget
what would wait for a moment that is now far away. They must be idempotent."""
