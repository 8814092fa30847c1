"""Prepared statements for the hot path of a lane: Django's cursor would send every batch as one long text."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import tuple_row


def execute(sql: str, params: Mapping[str, Any], *, row_factory: Any = tuple_row) -> psycopg.Cursor[Any]:
    """Runs a statement with server-side parameters on Django's connection, in its transaction."""
    connection.ensure_connection()
    cursor: psycopg.Cursor[Any] = psycopg.Cursor(connection.connection, row_factory=row_factory)
    return cursor.execute(sql, params, prepare=True)


# Arrays as literals: psycopg would dump each element in a Python loop, and a batch has thousands.


def numbers(values: Iterable[int]) -> str:
    """The literal of a bigint[]."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """The literal of a text[]; the texts may contain anything."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def moments(values: Iterable[datetime | None]) -> str:
    """The literal of a timestamptz[]."""
    return f"{{{','.join('NULL' if value is None else value.isoformat() for value in values)}}}"
