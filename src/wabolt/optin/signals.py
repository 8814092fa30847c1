"""Signals of opt-in for the rooms above it."""

from django.dispatch import Signal

word_choosing = Signal()
"""Sent before a word becomes that of a giveaway, with `workspace` and `word`. A receiver answers True if a message of
this word has another meaning in the shop, such as a request about personal data; the word is refused then."""
