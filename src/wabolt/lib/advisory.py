"""Advisory locks of PostgreSQL that are named by a text."""

from typing import Any


def lock_until_commit(cursor: Any, name: str) -> None:
    """Waits for the advisory lock `name`, such as "contacts.import:7", and holds it until the transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
