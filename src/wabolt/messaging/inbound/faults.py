"""Recognises errors that come from the state of the database and not from the event or responder."""

from django.db import DatabaseError, InterfaceError, connection

_TRANSIENT = {"40001", "40P01", "55P03", "57014", "57P01", "53000", "53100", "53200", "53300"}
"""SQLSTATEs: serialization failure, deadlock, lock timeout, shutdown, disk or memory full."""


def is_transient(error: Exception) -> bool:
    """Whether the same work may succeed when it is tried again."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, DatabaseError):
        return False
    return getattr(error.__cause__, "sqlstate", None) in _TRANSIENT or not connection.is_usable()
