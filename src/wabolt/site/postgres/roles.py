"""The two database roles of our own cluster.

The superuser `wabolt_admin` connects over the private socket, only to create roles and databases. Everything else
connects as `wabolt`, which owns the application's databases and has no other right. A statement that is injected
into the application cannot run programs, read files or change the server.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from wabolt.site.postgres.errors import ClusterError
from wabolt.site.postgres.places import Places
from wabolt.site.words import _

ADMIN, USER, DATABASE = "wabolt_admin", "wabolt", "wabolt"
CONVERTER = "wabolt_convert"  # temporary superuser; its existence marks a conversion that is not finished
TAKE_OWNERSHIP = (Path(__file__).parent / "sql" / "take_ownership.sql").read_text("utf-8")

Connection = psycopg.Connection[tuple[object, ...]]


def write_password(path: Path, places: Places) -> None:
    """Replaces the file `path` by one with a new random password that only the server's user can read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(24))
        file.flush()
        os.fsync(file.fileno())
    places.account.chown(path)


def ensure(places: Places) -> None:
    """Creates the role and the database of the application if they are missing.

    A cluster of an earlier WABolt has the superuser `wabolt` and no `wabolt_admin`. It is converted: the superuser is
    renamed, and a new role `wabolt` without rights takes over its password and its objects.
    """
    if not places.admin_password.exists():
        _convert(places)
    with connected(places, ADMIN) as connection:
        if _exists(connection, "pg_roles", "rolname", CONVERTER):
            _finish_conversion(places, connection)
        if not _exists(connection, "pg_roles", "rolname", USER):
            _create_role(connection, USER, places.password.read_text("ascii").strip())
        if not _exists(connection, "pg_database", "datname", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(USER))
            )


@contextmanager
def connected(places: Places, user: str, database: str = "postgres", *, password: str = "") -> Iterator[Connection]:
    """A connection in autocommit mode. `password` defaults to the content of the role's file."""
    file = places.admin_password if user == ADMIN else places.password
    with psycopg.connect(
        host=str(places.socket),
        port=5432,
        user=user,
        password=password or file.read_text("ascii").strip(),
        dbname=database,
        autocommit=True,
    ) as connection:
        yield connection


def _create_role(connection: Connection, name: str, password: str, right: LiteralString = "NOSUPERUSER") -> None:
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}").format(
            sql.Identifier(name), sql.SQL(right), _verifier(connection, name, password)
        )
    )


def _convert(places: Places) -> None:
    """Renames the superuser `wabolt` to `wabolt_admin` and creates a role `wabolt` without rights, in one transaction.

    The new password is on the disk before, so that the next start completes a conversion that crashed.
    """
    draft = places.admin_password.with_suffix(".new")
    with connected(places, USER) as connection:
        renamed = _exists(connection, "pg_roles", "rolname", ADMIN)
        if not renamed:
            write_password(draft, places)
            password = draft.read_text("ascii")
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(CONVERTER)))
            _create_role(connection, CONVERTER, password, "SUPERUSER")
    if not renamed:
        # a session cannot rename its own role
        with connected(places, CONVERTER, password=password) as connection, connection.transaction():
            rename = sql.SQL("ALTER ROLE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(USER), sql.Identifier(ADMIN)))
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(change.format(sql.Identifier(ADMIN), _verifier(connection, ADMIN, password)))
            _create_role(connection, USER, places.password.read_text("ascii").strip())
    if not draft.exists():
        raise ClusterError(
            _("The file {path} is missing: it holds the password of PostgreSQL's superuser.").format(
                path=places.admin_password
            )
        )
    draft.rename(places.admin_password)


def _finish_conversion(places: Places, admin: Connection) -> None:
    names = admin.execute(
        "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
    ).fetchall()
    for (name,) in names:
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(str(name)), sql.Identifier(USER)))
        with connected(places, ADMIN, str(name)) as connection:
            connection.execute(TAKE_OWNERSHIP)
    for log in (places.data / "log").glob("*.log"):
        log.unlink(missing_ok=True)  # earlier versions logged statements and values
    admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(CONVERTER)))


def _exists(connection: Connection, catalog: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} = %s)").format(
        sql.Identifier(catalog), sql.Identifier(column)
    )
    return connection.execute(query, [name]).fetchone() == (True,)


def _verifier(connection: Connection, user: str, password: str) -> sql.Literal:
    """Returns the SCRAM verifier of a password. It is computed here, so that the server never receives the password and
    cannot log it."""
    encrypted = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256")
    return sql.Literal(encrypted.decode())
