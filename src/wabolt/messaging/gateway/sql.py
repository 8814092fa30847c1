"""Prepared statements for the lane's hot path: Django's cursor would send every batch as one long text."""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import tuple_row


def execute(sql: str, params: Mapping[str, Any], *, row_factory: Any = tuple_row) -> psycopg.Cursor[Any]:
    """Runs a statement with values bound by the server, on Django's connection and in its transaction."""
    connection.ensure_connection()
    cursor: psycopg.Cursor[Any] = psycopg.Cursor(connection.connection, row_factory=row_factory)
    return cursor.execute(sql, params, prepare=True)
