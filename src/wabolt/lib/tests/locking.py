"""A table that another connection has locked, so that a statement takes as long as a test needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Lets each statement that reads `table` wait inside the block. The test must not have used it before."""
    settings = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**settings) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
