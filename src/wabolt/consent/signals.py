"""What consent tells the rooms above it."""

from django.dispatch import Signal

consent_withdrawn = Signal()
"""Sent inside the transaction of a withdrawal with `workspace`, `contact_ids` (list of int) and `purpose`, so that
whatever is queued for these people is cancelled with it or not at all."""

doubt_settled = Signal()
"""Sent inside the transaction that ends the hold on promotions for `contact_ids` (list of int) of `workspace`."""

consent_granted = Signal()
"""Sent inside the transaction of a grant, with the same arguments."""
