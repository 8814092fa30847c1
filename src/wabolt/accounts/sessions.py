"""The store of sessions (`SESSION_ENGINE`): Django's table, without a query for a key that Django never makes."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """A session in the database.

    A quoted cookie can contain any character, and PostgreSQL cannot compare a text with NUL. Django's keys are ASCII
    letters and digits; any other key is no session.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(super()._validate_session_key(key)) and str(key).isascii() and str(key).isalnum()
