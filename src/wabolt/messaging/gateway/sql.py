"""Prepared statements for the lane's hot path: Django's cursor would send every batch as one long text."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import tuple_row


def execute(sql: str, params: Mapping[str, Any], *, row_factory: Any = tuple_row) -> psycopg.Cursor[Any]:
    """Runs a statement with values bound by the server, on Django's connection and in its transaction."""
    connection.ensure_connection()
    cursor: psycopg.Cursor[Any] = psycopg.Cursor(connection.connection, row_factory=row_factory)
    return cursor.execute(sql, params, prepare=True)


# Arrays as literals: the driver would dump each element through a Python loop of its own, and a batch has thousands.


def numbers(values: Iterable[int]) -> str:
    """The literal of a bigint[]."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """The literal of a text[], whatever the texts contain."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def moments(values: Iterable[datetime | None]) -> str:
    """The literal of a timestamptz[]."""
    return f"{{{','.join('NULL' if value is None else value.isoformat() for value in values)}}}"
