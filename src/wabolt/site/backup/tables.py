"""Copying the rows of whole tables out of one database and into another.

The names of tables and columns in a backup are used only after they were found in the catalog of the database that our
own migrations built. Nothing in a backup is run as SQL.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, LiteralString

import psycopg
from psycopg import sql

from wabolt.site.backup.archive import Table
from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _

BLOCK = 1 << 18  # bytes
LARGE = 1_000  # rows
MIGRATIONS = "django_migrations"

Connection = psycopg.Connection[tuple[Any, ...]]

_COLUMNS = """
    SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = """
    SELECT sequencename::text, coalesce(last_value, start_value), last_value IS NOT NULL
      FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename
"""
_PARTITIONS = """
    SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class p ON p.oid = inhparent AND p.relkind = 'p' ORDER BY 1
"""
# Statements that drop and create foreign keys and plain indexes of tables (an array of names). Indexes of constraints
# stay, because the primary key reveals duplicates. Indexes of partitions follow their parent.
_FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
      FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
     WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace
       AND (c.relname = ANY(%(large)s) OR c.relname = ANY(%(filled)s) AND NOT condeferrable)
"""
_INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass),
           replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
      FROM pg_index JOIN pg_class c ON c.oid = indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname = ANY(%(large)s)
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = indexrelid)
     ORDER BY indexrelid
"""
# Tables and partitions to which a migration has added rows; tables with triggers of our own.
_FILLED = """
    SELECT oid::regclass::text FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> %s AND pg_relation_size(oid) > 0
"""
_WITH_TRIGGERS = """
    SELECT DISTINCT c.relname::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND NOT tgisinternal
"""


def columns(connection: Connection) -> dict[str, list[str]]:
    """Returns the columns of every table, without generated ones."""
    return {str(name): found for name, found in connection.execute(_COLUMNS).fetchall()}


def sequences(connection: Connection) -> dict[str, tuple[int, bool]]:
    """(last value, whether it was used) of every sequence."""
    found = connection.execute(_SEQUENCES).fetchall()
    return {str(name): (value, used) for name, value, used in found}


def partitions(connection: Connection) -> list[str]:
    """Returns the partitions of partitioned tables: the months of the event log."""
    return [str(name) for (name,) in connection.execute(_PARTITIONS).fetchall()]


def copy_out(connection: Connection, table: str, names: list[str], file: IO[bytes]) -> Table:
    """Writes the rows of a table to ``file`` in COPY's text format."""
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_list(names), sql.Identifier(table))
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            waiting = bytearray()  # libpq yields single rows, and each write costs a call of the compressor
            for block in copy:
                waiting += block
                if len(waiting) >= BLOCK:
                    file.write(waiting)
                    waiting = bytearray()
            file.write(waiting)
        return Table(names, cursor.rowcount)


def copy_in(connection: Connection, table: str, content: Table, file: IO[bytes]) -> None:
    """Adds the rows in ``file`` to a table. Raises BackupError if they do not fit or their number is not that of the
    manifest."""
    block = file.read(BLOCK)
    if not block and not content.rows:
        return
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _list(content.columns))
    try:
        with connection.cursor() as cursor:
            with cursor.copy(query) as copy:
                while block:
                    copy.write(block)
                    block = file.read(BLOCK)
            found = cursor.rowcount
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise BackupError(_does_not_match(table)) from error
    if found != content.rows:
        raise BackupError(_does_not_match(table))


def check_fit(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Raises BackupError if the database lacks one of these tables or has it with other columns."""
    known = columns(connection)
    for name, table in tables.items():
        if sorted(known.get(name, [])) != sorted(table.columns):
            raise BackupError(
                _("The backup has a table that this version of WABolt does not know ({table}).").format(table=name)
            )


@contextmanager
def bare(connection: Connection, rows: Mapping[str, int]) -> Iterator[None]:
    """Empties every table except Django's list of migrations, and prepares tables for so many ``rows`` each: disables
    triggers, and drops foreign keys and plain indexes of large tables.

    At the end of the block they are created again, each in a transaction of its own, because the readers of the shop's
    event log wait for transactions. PostgreSQL checks each of these foreign keys once for all rows, and the others at
    the end of a transaction in the block. Raises BackupError if a row violates one.
    """
    names = {"large": large(rows), "filled": [name for name, count in rows.items() if count]}
    again: list[str] = []
    connection.execute("SET client_min_messages = error")
    with connection.transaction():
        _triggers(connection, "DISABLE")
        for (name,) in connection.execute(_FILLED, [MIGRATIONS]).fetchall():
            connection.execute(f"DELETE FROM {name}".encode())
    with connection.transaction():
        for query in (_FOREIGN_KEYS, _INDEXES):
            for drop, create in connection.execute(query, names).fetchall():
                connection.execute(str(drop).encode())
                again.insert(0, str(create))
    try:
        yield
        for statement in sorted(again, key=lambda text: text.startswith("ALTER")):
            connection.execute(statement.encode())
    except psycopg.IntegrityError as error:
        raise BackupError(_("The backup's tables contradict each other; nothing was changed.")) from error
    with connection.transaction():
        _triggers(connection, "ENABLE")
    connection.execute(sql.SQL("ANALYZE {}").format(_list(names["filled"])))


def large(rows: Mapping[str, int]) -> list[str]:
    """Returns the tables with so many rows that dropping and creating an index takes less time than updating it."""
    return [name for name, count in rows.items() if count > LARGE]


def set_sequences(connection: Connection, values: Mapping[str, tuple[int, bool]]) -> None:
    """Sets the sequences to the values of the backup. Unknown sequences are ignored."""
    found = [(name, *values[name]) for name in sorted(sequences(connection).keys() & values.keys())]
    names, numbers, used = ([one[place] for one in found] for place in range(3))
    connection.execute(
        "SELECT setval(format('%%I', name)::regclass, value, used)"
        " FROM unnest(%s::text[], %s::bigint[], %s::boolean[]) AS given (name, value, used)",
        [names, list(map(int, numbers)), list(map(bool, used))],
    )


def _triggers(connection: Connection, verb: LiteralString) -> None:
    for (name,) in connection.execute(_WITH_TRIGGERS).fetchall():
        connection.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(name), sql.SQL(verb)))


def _list(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _does_not_match(table: str) -> str:
    words = _("The rows of {table} are not those listed in the backup's manifest; nothing was changed.")
    return words.format(table=table)
