"""The database that a restore replaces, for tests of the receivers of `database_restored`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from tests.shared import database_url


@contextmanager
def previous_database() -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """A connection to the test database that does not see what the test changes in its open transaction: the committed
    rows are those of the previous database, and the changed ones those of the backup."""
    with psycopg.connect(database_url(), autocommit=True) as other:
        yield other
