"""Work on a PostgreSQL server by URL: create, drop and swap databases, run pg_dump and pg_restore."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wabolt.site.backup.errors import BackupError
from wabolt.site.postgres.account import Account
from wabolt.site.postgres.places import find_programs
from wabolt.site.words import _

ENDS_WITHIN = 8.0  # seconds
_USERS = """
    SELECT coalesce(nullif(application_name, ''), usename::text), host(client_addr), count(*) FROM pg_stat_activity
    WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type IS DISTINCT FROM 'autovacuum worker'
    GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5
"""

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


def user_of(url: str) -> str:
    """Returns the role in ``url``."""
    return str(conninfo_to_dict(url).get("user") or "")


def name_of(url: str) -> str:
    """Returns the name of the database in ``url``."""
    return str(conninfo_to_dict(url).get("dbname") or "")


def with_database(url: str, name: str) -> str:
    """Returns the URL of the database ``name`` on the same server."""
    return make_conninfo(url, dbname=name)


@contextmanager
def output(program: str, *arguments: str | Path, url: str) -> Iterator[IO[bytes]]:
    """Runs pg_dump on ``url`` and yields its output. Raises BackupError with its error message.

    The password is passed in the environment, because every user of the machine can read a command line.
    """
    with _running(program, arguments, url, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout


@contextmanager
def fed(program: str, *arguments: str | Path, url: str) -> Iterator[IO[bytes]]:
    """Runs pg_restore on ``url`` and yields its input. Raises BackupError with its error message."""
    with _running(program, arguments, url, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:  # the program ended before it read everything; its error message tells why
            with suppress(BrokenPipeError):
                process.stdin.close()


@contextmanager
def _running(
    program: str, arguments: Sequence[str | Path], url: str, *, stdin: int, stdout: int
) -> Iterator["subprocess.Popen[bytes]"]:
    command, environment = _call(program, arguments, url)
    with (
        tempfile.TemporaryFile() as complaint,
        subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=complaint) as process,  # noqa: S603
    ):
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        code = process.wait()
        complaint.seek(0)
        _check(program, code, complaint.read().decode(errors="replace"))


def _call(program: str, arguments: Sequence[str | Path], url: str) -> tuple[list[str], dict[str, str]]:
    parts = conninfo_to_dict(url)
    access = {VARIABLES[key]: str(value) for key, value in parts.items() if key in VARIABLES}
    command = [str(_program(program, str(parts.get("sslmode") or ""))), *map(str, arguments)]
    return command, {**os.environ, "LC_ALL": "C", **access}


def _check(program: str, code: int, complaint: str) -> None:
    if code:
        raise BackupError(f"{program}: {complaint.strip()[-2000:]}")


def _program(name: str, sslmode: str) -> Path:
    """Returns our own program, or the machine's for a server that requires TLS, which ours does not support."""
    found = shutil.which(name)
    if sslmode in {"require", "verify-ca", "verify-full"} and found and not os.environ.get("WABOLT_PG_BIN"):
        return Path(found)
    return find_programs(Account(None, None)) / name


def refuse_in_use(admin: str, name: str) -> None:
    """Raises BackupError if the database ``name`` has other connections, and names them.

    The connections of a killed process end within seconds, so this function waits up to ENDS_WITHIN for them.
    """
    until = time.monotonic() + ENDS_WITHIN
    while users := _users(admin, name):
        if time.monotonic() > until:
            raise BackupError(_in_use(users))
        time.sleep(0.25)


def _users(admin: str, name: str) -> str:
    """Returns the programs that are connected to the database ``name``, with their addresses; "" if there are none.

    Autovacuum workers are left out, because PostgreSQL stops them when it renames a database.
    """
    with psycopg.connect(with_database(admin, "postgres"), autocommit=True) as connection:
        rows = connection.execute(_USERS, [name]).fetchall()
    here = _("this computer")
    return ", ".join(f"{count} × {program or 'PostgreSQL'} ({address or here})" for program, address, count in rows)


def oid_of(admin: str, name: str) -> int:
    """Returns the OID of the database ``name``, which a rename does not change; 0 if there is none."""
    with psycopg.connect(with_database(admin, "postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", [name]).fetchone()
        return int(row[0]) if row else 0


def create(admin: str, name: str, owner: str) -> None:
    """Creates an empty database that belongs to the role ``owner``."""
    with psycopg.connect(with_database(admin, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(owner)
            )
        )


def drop_like(admin: str, start: str, *, keep: str = "") -> None:
    """Drops the databases whose names start with ``start``, except ``keep``."""
    with psycopg.connect(with_database(admin, "postgres"), autocommit=True) as connection:
        names = connection.execute(
            "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, %s) AND datname <> %s",
            [start, keep],
        ).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def swap(admin: str, name: str, fresh: str, aside: str) -> None:
    """Renames the database ``name`` to ``aside`` and ``fresh`` to ``name``, in one transaction.

    Raises BackupError, with nothing changed, if the database has connections.
    """
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with psycopg.connect(with_database(admin, "postgres")) as connection:
            connection.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
            connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    except psycopg.errors.ObjectInUse as error:
        raise BackupError(_in_use(_users(admin, name))) from error


def _in_use(users: str) -> str:
    """Returns the text for a database in use. `users`: from `_users`, "" if the connections have ended meanwhile."""
    return _(
        "The database is in use: {users}. Stop every WABolt process and other program that uses it (also on other"
        " machines), then restore again."
    ).format(users=users or "?")
