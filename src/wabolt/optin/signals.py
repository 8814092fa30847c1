"""Signals of opt-in for the rooms above it."""

from django.dispatch import Signal

word_choosing = Signal()
"""Sent before a giveaway gets its word, with `workspace` and `word`. A receiver returns True if a message of this word
has another meaning in the shop, such as a request about personal data. The word is refused then."""
