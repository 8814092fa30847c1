"""Statements in `sql/*.sql` next to the code that runs them, reads of one snapshot, and reads with a time limit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class TooSlowError(Exception):
    """PostgreSQL cancelled a statement that took longer than its limit."""


def statement(module: str, name: str) -> str:
    """The text of `sql/<name>.sql` next to `module` (the caller's `__file__`). Read it once, at import."""
    return (Path(module).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def copy_text(text: str) -> str:
    """One value in the text format of COPY, for statements whose lines are written by hand."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Runs the reads inside on one state of the database, so that their figures agree. Writes are refused. Inside a
    transaction that has begun already nothing changes."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Gives each statement inside at most this time. Raises TooSlowError when one takes longer. The block is one
    transaction, or a savepoint of the transaction that has begun."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{round(seconds * 1000)}ms"])
            yield
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlowError from error
        raise
