"""Reads over a plain psycopg connection, for the command `wabolt backup`."""

from typing import Any

import psycopg


def recipients_in(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    """Returns the age recipients of the confirmed recovery key; empty without one."""
    if connection.execute("SELECT to_regclass('backups_backupsettings') IS NULL").fetchone() == (True,):
        return []
    rows = connection.execute("SELECT recipient FROM backups_backupsettings WHERE recipient <> ''").fetchall()
    return [str(recipient) for (recipient,) in rows]
