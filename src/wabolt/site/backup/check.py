"""The check of a backup before it counts as good: it is restored into a scratch database, and every row is counted.

It needs a key. The owner's private key is not on this machine, so the process that makes the backup adds a second
recipient, whose private half exists in its memory only.
"""

import os
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
LONGEST = 4 * 3600  # seconds of the restore into the scratch database
RESERVE = 500_000_000  # bytes of the database's disk that the check leaves free
GENTLE = "-c maintenance_work_mem=32MB -c max_parallel_maintenance_workers=0 -c synchronous_commit=off"
NICENESS = 15


class _TooSlowError(Exception):
    """The restore into the scratch database takes too long."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a check. `untested`: None if the backup was restored; else a key of `wabolt.backups.words` and its
    detail: why it could not be."""

    untested: tuple[str, str] | None = None


def check_backup(path: Path, identity: Identity, progress: Callable[[int, int], None]) -> Check:
    """Checks the backup ``path``: copies its rows into tables of a scratch database, counts them there, and checks
    their foreign keys.

    The backup is untested if the disk has too little room for a second database, the role may not create one, or the
    restore takes longer than LONGEST. In that case each byte is authenticated and the rows are counted in the file.
    ``progress`` gets the number of rows so far and in total. Raises BackupError if the backup is not whole.
    """
    if lacking := _lacks_room(home.home(), path.stat().st_size):
        return Check(("no_room_to_test", lacking))
    with verified(path, identity) as backup:
        untested = _try(backup, progress)
        if untested is not None:
            _count(backup)
        return Check(untested)


def _try(backup: Verified, progress: Callable[[int, int], None]) -> tuple[str, str] | None:
    """Restores into a scratch database. Returns why that was impossible, None if it was done."""
    manifest = backup.manifest
    rows = sum(table.rows for table in (*manifest.tables.values(), *manifest.sealed.values()))
    needed = 2 * manifest.database_bytes  # the rows once more as PostgreSQL's write-ahead log
    if lacking := _lacks_room(home.data_folder(), needed):
        return "no_room_to_test", lacking
    try:
        with _time_limit():
            _restore_into_scratch(backup, lambda done: progress(done, rows))
    except psycopg.errors.InsufficientPrivilege:
        return "no_right_to_test", ""
    except psycopg.errors.DiskFull:  # of a server on another machine
        return "no_room_to_test", _size(needed)
    except _TooSlowError:
        return "slow_to_test", str(LONGEST // 3600)
    return None


def _lacks_room(folder: Path, needed: int) -> str:
    """Returns the free room that `folder` needs for so many bytes and the database's work; "" if its disk has it."""
    return "" if shutil.disk_usage(folder).free >= needed + RESERVE else _size(needed + RESERVE)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def remove_scratch() -> None:
    """Drops the scratch database of an interrupted check. The caller holds the lease."""
    with suppress(psycopg.errors.InsufficientPrivilege):
        server.drop_like(home.admin_url(), SCRATCH)


def _restore_into_scratch(backup: Verified, progress: Callable[[int], None]) -> None:
    url, name = home.database_url(), SCRATCH + secrets.token_hex(4)
    server.create(home.admin_url(), name, server.user_of(url))
    try:
        there = make_conninfo(server.with_database(url, name), options=GENTLE)
        with psycopg.connect(there, autocommit=True) as connection:
            _give_way(connection)
            build_empty(connection, there, backup.manifest)
            load(connection, backup, progress)
            _compare(connection, backup)
    finally:
        with suppress(psycopg.OperationalError):
            remove_scratch()


def _compare(connection: Connection, backup: Verified) -> None:
    expected = {**backup.manifest.tables, **backup.manifest.sealed}
    count = sql.SQL("(SELECT count(*) FROM {})")
    counts = sql.SQL(", ").join(count.format(sql.Identifier(name)) for name in expected)
    found = connection.execute(sql.SQL("SELECT {}").format(counts)).fetchone()
    assert found is not None
    for (name, table), rows in zip(expected.items(), found, strict=True):
        if rows != table.rows:
            raise BackupError(_differs(name))


def _count(backup: Verified) -> None:
    """Counts the rows in the file. In COPY's text format each row is one line (PostgreSQL, "COPY", "Text Format")."""
    for source, found in ((backup.file, backup.manifest.tables), (backup.sealed, backup.manifest.sealed)):
        for name, table in found.items():
            rows = 0
            with source.open(archive.member(name)) as file:
                while block := file.read(BLOCK):
                    rows += block.count(b"\n")
            if rows != table.rows:
                raise BackupError(_differs(name))


def _differs(table: str) -> str:
    words = _("The rows of {table} are not those listed in the backup's manifest; nothing was changed.")
    return words.format(table=table)


def _give_way(connection: Connection) -> None:
    """Lowers the priority of the connection's server process, if it is on this machine and we may."""
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
