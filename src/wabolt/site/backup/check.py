"""The check of a backup before it counts as good: it is restored into a scratch database, and every row is counted.

It needs a key. The owner's private key is not on this machine, so the process that makes the backup adds a second
recipient, whose private half exists in its memory only.
"""

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pyrage.x25519 import Identity

from wabolt.site import home
from wabolt.site.backup import archive, server
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.restore import Verified, build_empty, load, verified
from wabolt.site.backup.tables import BLOCK, Connection
from wabolt.site.words import _

SCRATCH = "wabolt_check_"  # prefix of the scratch database
LONGEST = 3600  # seconds of the restore into the scratch database
RESERVE = 500_000_000  # bytes of the database's disk that the check leaves free
GENTLE = "-c maintenance_work_mem=32MB -c max_parallel_maintenance_workers=0 -c synchronous_commit=off"
NICENESS = 15


class _TooSlowError(Exception):
    """The restore into the scratch database takes too long."""


def check_backup(path: Path, identity: Identity, progress: Callable[[int, int], None]) -> str:
    """Check the backup ``path``. Returns "restored", or "read" where a restore is not possible.

    "restored": all rows were copied into tables of a scratch database, counted there, and their foreign keys hold.
    "read": each byte was authenticated and the rows were counted in the file; there was no room for a second database,
    the role may not create one, or it took more than an hour. ``progress`` gets the rows that are done and their
    number. Raises BackupError if the backup is not whole.
    """
    with verified(path, identity) as backup:
        manifest = backup.manifest
        rows = sum(table.rows for table in (*manifest.tables.values(), *manifest.sealed.values()))
        if home.free_bytes() > 2 * manifest.database_bytes + RESERVE:
            with suppress(psycopg.errors.InsufficientPrivilege, _TooSlowError), _time_limit():
                _restore_into_scratch(backup, lambda done: progress(done, rows))
                return "restored"
        _count(backup)
        return "read"


def remove_scratch() -> None:
    """Drop the scratch database of an interrupted check. The caller holds the lease."""
    with suppress(psycopg.errors.InsufficientPrivilege):
        server.drop_like(home.admin_url(), SCRATCH)


def _restore_into_scratch(backup: Verified, progress: Callable[[int], None]) -> None:
    url, name = home.database_url(), SCRATCH + secrets.token_hex(4)
    server.create(home.admin_url(), name, server.user_of(url))
    try:
        there = make_conninfo(server.with_database(url, name), options=GENTLE)
        build_empty(there, backup.manifest)
        with psycopg.connect(there, autocommit=True) as connection:
            _give_way(connection)
            load(connection, backup, progress)
            _compare(connection, backup)
    finally:
        with suppress(psycopg.OperationalError):
            remove_scratch()


def _compare(connection: Connection, backup: Verified) -> None:
    for name, table in {**backup.manifest.tables, **backup.manifest.sealed}.items():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
        if connection.execute(query).fetchone() != (table.rows,):
            raise BackupError(
                _("The rows of {table} are not those listed in the backup's manifest; nothing was changed.").format(
                    table=name
                )
            )


def _count(backup: Verified) -> None:
    """Count the rows in the file. In COPY's text format each row is one line (PostgreSQL, "COPY", "Text Format")."""
    for source, found in ((backup.file, backup.manifest.tables), (backup.sealed, backup.manifest.sealed)):
        for name, table in found.items():
            rows = 0
            with source.open(archive.member(name)) as file:
                while block := file.read(BLOCK):
                    rows += block.count(b"\n")
            if rows != table.rows:
                raise BackupError(
                    _("The rows of {table} are not those listed in the backup's manifest; nothing was changed.").format(
                        table=name
                    )
                )


def _give_way(connection: Connection) -> None:
    """Lower the priority of the connection's server process, if it is on this machine and we may."""
    if home.uses_own_cluster():
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, connection.info.backend_pid, NICENESS)


@contextmanager
def _time_limit() -> Iterator[None]:
    def too_slow(_number: int, _frame: FrameType | None) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
