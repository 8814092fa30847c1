"""Statements in `sql/*.sql` next to the code that runs them, and reads of one snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction


def statement(module: str, name: str) -> str:
    """The text of `sql/<name>.sql` next to `module` (the caller's `__file__`). Read it once, at import."""
    return (Path(module).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Run the reads inside on one state of the database, so that their figures agree. Writes are refused. Inside a
    transaction that has begun already nothing changes."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
