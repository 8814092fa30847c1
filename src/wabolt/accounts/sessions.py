"""The store of sessions (`SESSION_ENGINE`): Django's table, without a query for a key that Django never makes."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """A session in the database.

    A quoted cookie can contain any character, and PostgreSQL cannot compare a text with NUL. Django's keys are ASCII
    letters and digits; any other key is no session.
    """

    def __init__(self, session_key: str | None = None) -> None:
        is_possible = session_key is not None and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if is_possible else None)
