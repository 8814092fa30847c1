"""Signals of consent for the rooms above it."""

from django.dispatch import Signal

consent_withdrawn = Signal()
"""Sent inside the transaction of a withdrawal with `workspace`, `contact_ids` (list of int) and `purpose`. Receivers
cancel queued messages to these contacts in the same transaction."""

doubt_settled = Signal()
"""Sent inside the transaction that ends the hold on promotions for `contact_ids` (list of int) of `workspace`."""

consent_granted = Signal()
"""Sent inside the transaction of a grant, with the same arguments."""

keyword_adding = Signal()
"""Sent before a stop or start word is stored, with `workspace`, `action` ("stop" or "start"), `word` and `normalised`.
A receiver for which the word has another meaning raises DomainError for the field "word"."""
