"""The store of sessions (`SESSION_ENGINE`): Django's table, without a query for a key that Django never makes."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone

_LOAD = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """A session in the database.

    A quoted cookie can contain any character, and PostgreSQL cannot compare a text with NUL. Django's keys are ASCII
    letters and digits; any other key is no session.
    """

    def __init__(self, session_key: str | None = None) -> None:
        is_possible = session_key is not None and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if is_possible else None)

    def load(self) -> dict[str, Any]:
        """Returns the data of the session; {} if it does not exist or has expired. Each request of a member reads its
        session, and a queryset takes several times as long as this statement."""
        with connection.cursor() as cursor:
            cursor.execute(_LOAD, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(row[0])
        return data
