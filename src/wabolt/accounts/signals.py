"""Signals of accounts for the rooms above it."""

from django.dispatch import Signal

workspace_created = Signal()
"""Sent inside the transaction that creates a workspace, with `workspace`. Rooms create their defaults."""

rights_lost = Signal()
"""Sent inside the transaction in which a member loses rights, with `workspace`, `user` and `role`, the role that
remains ("" for none). Rooms end things that the member set up and may no longer do, such as scheduled broadcasts."""

timezone_changed = Signal()
"""Sent inside the transaction in which a workspace gets another time zone, with `workspace`, after the change. Rooms
compute moments again that they stored for a time of the shop's clock."""

currency_changing = Signal()
"""Sent before a workspace gets another currency, inside the transaction, with `workspace`. A room that has amounts
raises DomainError."""
