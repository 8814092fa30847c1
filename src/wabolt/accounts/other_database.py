"""Reads of databases that Django is not connected to, for a restore."""

from datetime import datetime
from typing import Any

import psycopg


def workspaces_in(connection: "psycopg.Connection[tuple[Any, ...]]") -> set[tuple[int, datetime]]:
    """(id, time of creation) of the workspaces; empty if the database has no tables of ours."""
    if connection.execute("SELECT to_regclass('accounts_workspace') IS NULL").fetchone() == (True,):
        return set()
    return {(pk, at) for pk, at in connection.execute("SELECT id, created_at FROM accounts_workspace").fetchall()}
