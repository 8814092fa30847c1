"""The hook of a restore: what each room does in the restored database before it goes live.

A room subscribes in its ``receivers.py``::

    @receiver(database_restored)
    def keep_stops(restore: Restore, **_: Any) -> None: ...

Django's default connection is the restored database. Its tables are up to date, and it has no other connections.
Receivers run in the order of ``INSTALLED_APPS``, lower rooms first. Each opens its own transaction. An exception ends
the restore, and the previous database stays in place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from django.dispatch import Signal
from psycopg import sql


@dataclass(frozen=True)
class Restore:
    """The facts of a restore.

    `made_at` is the moment of the backup. `previous` is a read-only connection to the database that the restored one
    replaces, None on an empty machine. `shops` are the ids of the workspaces in both databases: their changes since
    `made_at` are in `previous`. Changes of other workspaces since then are unknown. `erasures`: the contents of the
    lists of erased people next to the backup (`contacts.services.erasure_lists`).
    """

    made_at: datetime
    previous: "psycopg.Connection[tuple[Any, ...]] | None" = None
    shops: frozenset[int] = field(default_factory=frozenset)
    erasures: Sequence[Mapping[str, Any]] = ()


database_restored = Signal()
"""Sent once per restore with `restore` (Restore)."""
rows_restored = Signal()
"""Sent without arguments after all receivers of `database_restored`: rooms rebuild what they derive from rows."""


_COLUMNS = """
    SELECT attname::text FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
_FOREIGN_KEYS = """
    SELECT a.attname::text, a.attnotnull, k.confrelid::regclass::text, p.attname::text
      FROM pg_constraint k
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
      JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = k.confkey[1]
     WHERE k.conrelid = %s::regclass AND k.contype = 'f' AND k.conparentid = 0 AND cardinality(k.conkey) = 1
"""


@dataclass(frozen=True)
class Rows:
    """Rows of one table that a restore carries over from the previous database.

    `where` with `params` is an SQL condition on the table there. A row is in both databases if `key` and `same` (column
    names) agree; then `update` names the columns that take the previous database's value. `insert`: whether other rows
    are added. `leave_out` names columns that get their default.
    """

    table: str
    where: str
    params: tuple[Any, ...] = ()
    key: tuple[str, ...] = ("id",)
    same: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    insert: bool = True


def carry_over(restore: Restore, rows: Rows) -> int:
    """Copies rows of the previous database into the restored one, in the caller's transaction. Returns their number.

    If the parent of a row does not exist in the restored database, the reference becomes null, or the row is left out
    where null is not allowed. A row that violates a unique constraint is left out. The table's triggers do not fire.
    """
    assert restore.previous is not None
    table = sql.Identifier(rows.table)
    found = sql.SQL("FROM {} WHERE " + rows.where).format(table)
    one = sql.SQL("SELECT 1 {} LIMIT 1").format(found)
    if not psycopg.ClientCursor(restore.previous).execute(one, rows.params or None).fetchone():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [rows.table])
        names = [name for (name,) in cursor.fetchall() if name not in rows.leave_out]
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        cursor.execute("DROP TABLE IF EXISTS carried")
        empty = sql.SQL("CREATE TEMP TABLE carried ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0")
        cursor.execute(empty.format(columns, table))
        query = sql.SQL("COPY (SELECT {} {}) TO STDOUT").format(columns, found)
        with (
            restore.previous.cursor() as source,
            source.copy(query, rows.params) as out,
            cursor.copy(sql.SQL("COPY carried ({}) FROM STDIN").format(columns)) as into,
        ):
            for block in out:
                into.write(block)
        _drop_orphans(cursor, rows.table, names)
        cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        changed = _update(cursor, rows, table) if rows.update else 0
        if rows.insert:
            insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM carried ON CONFLICT DO NOTHING")
            cursor.execute(insert.format(table, columns, columns))
            changed += cursor.rowcount
        # ALTER TABLE allows no pending constraint checks
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
        return int(changed)


def _drop_orphans(cursor: Any, table: str, names: list[str]) -> None:
    cursor.execute(_FOREIGN_KEYS, [table])
    for column, required, parent, parent_key in cursor.fetchall():
        if column not in names:
            continue
        orphan = sql.SQL("{c} IS NOT NULL AND NOT EXISTS (SELECT FROM {p} p WHERE p.{k} = carried.{c})").format(
            c=sql.Identifier(column), p=sql.Identifier(parent), k=sql.Identifier(parent_key)
        )
        if parent == table:  # the parent may be carried over too
            orphan += sql.SQL(" AND NOT EXISTS (SELECT FROM carried p WHERE p.{k} = carried.{c})").format(
                c=sql.Identifier(column), k=sql.Identifier(parent_key)
            )
        action = (
            sql.SQL("DELETE FROM carried WHERE {}") if required else sql.SQL("UPDATE carried SET {c} = NULL WHERE {}")
        )
        cursor.execute(action.format(orphan, c=sql.Identifier(column)))


def _update(cursor: Any, rows: Rows, table: sql.Identifier) -> int:
    cursor.execute(
        sql.SQL("UPDATE {table} t SET {values} FROM carried c WHERE {match}").format(
            table=table,
            values=sql.SQL(", ").join(sql.SQL("{0} = c.{0}").format(sql.Identifier(name)) for name in rows.update),
            match=sql.SQL(" AND ").join(
                sql.SQL("t.{0} = c.{0}").format(sql.Identifier(name)) for name in (*rows.key, *rows.same)
            ),
        )
    )
    return int(cursor.rowcount)
