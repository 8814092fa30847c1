"""Talking to a PostgreSQL server through its own programs and through plain SQL, by URL."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wabolt.site.backup.archive import BackupError
from wabolt.site.postgres.account import Account
from wabolt.site.postgres.places import find_programs
from wabolt.site.words import _

VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def name_of(url: str) -> str:
    """The database that ``url`` names."""
    return str(conninfo_to_dict(url).get("dbname") or "")


def with_database(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return make_conninfo(url, dbname=name)


def run(program: str, *arguments: str | Path, url: str) -> str:
    """Run pg_dump or pg_restore against ``url``; what it printed. Raises BackupError with its complaint.

    The password travels in the environment: a command line is everybody's to read.
    """
    parts = conninfo_to_dict(url)
    access = {VARIABLES[key]: str(value) for key, value in parts.items() if key in VARIABLES}
    done = subprocess.run(  # noqa: S603 -- PostgreSQL's own programs
        [str(_program(program, str(parts.get("sslmode") or ""))), *map(str, arguments)],
        env={**os.environ, "LC_ALL": "C", **access},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _program(name: str, sslmode: str) -> Path:
    """Our own program; for a server that asks for TLS, which ours does not speak, the machine's."""
    found = shutil.which(name)
    if sslmode in {"require", "verify-ca", "verify-full"} and found and not os.environ.get("WABOLT_PG_BIN"):
        return Path(found)
    return find_programs(Account(None, None)) / name


def count_rows(connection: "psycopg.Connection[tuple[int]]") -> dict[str, int]:
    """Rows per table of our schema."""
    names = connection.execute(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
    ).fetchall()
    counts = {}
    for (name,) in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(name)))).fetchone()
        counts[str(name)] = row[0] if row else 0
    return counts


def create(url: str, name: str) -> None:
    """An empty database beside the one of ``url``."""
    with psycopg.connect(with_database(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def drop_like(url: str, start: str, *, keep: str = "") -> None:
    """Remove the databases whose names start with ``start``, except ``keep``."""
    with psycopg.connect(with_database(url, "postgres"), autocommit=True) as connection:
        names = connection.execute(
            "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, %s) AND datname <> %s",
            [start, keep],
        ).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def swap(url: str, fresh: str, aside: str) -> None:
    """Put ``fresh`` in the place of the database of ``url``, which becomes ``aside``; both at once or neither.

    Raises BackupError, with nothing changed, while somebody is connected to it.
    """
    name = name_of(url)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with psycopg.connect(with_database(url, "postgres")) as connection:
            connection.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
            connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    except psycopg.errors.ObjectInUse as error:
        raise BackupError(
            _("The database is in use. Stop every WABolt process (also on other machines), then restore again.")
        ) from error
