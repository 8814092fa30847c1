"""The hook of a restore: what each room does inside the restored database before it goes live.

A room subscribes in its ``receivers.py``::

    @receiver(database_restored)
    def rebase_offsets(restore: Restore, **_: Any) -> None: ...

Django's default connection points to the restored database, whose tables are up to date. Nothing else is connected to
it. Receivers run in the order of ``INSTALLED_APPS``, lower rooms first, each in the transaction it opens itself. An
exception ends the restore, and the database that was there before stays in place.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.dispatch import Signal


@dataclass(frozen=True)
class Restore:
    """What a receiver may know about the restore.

    `made_at` is the moment of the backup. `previous` is a read-only connection to the database that the restored one
    replaces; None on an empty machine. `shops` are the ids of the workspaces that are in both databases: what happened
    to them since `made_at` is in `previous`. What happened to the others since then is unknown.
    """

    made_at: datetime
    previous: "psycopg.Connection[tuple[Any, ...]] | None" = None
    shops: frozenset[int] = field(default_factory=frozenset)


database_restored = Signal()
"""Sent once per restore with `restore` (Restore)."""
