"""Making a backup. The shop may go on working meanwhile."""

import io
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO
from zipfile import ZipFile

import psycopg
from pyrage.x25519 import Recipient

from wabolt import __version__
from wabolt.backups.places.folder import sync_folder
from wabolt.lib.commands import shell_command
from wabolt.site import home
from wabolt.site.backup import archive, encryption, keys, tables
from wabolt.site.backup.archive import FORMAT, Manifest, Table
from wabolt.site.backup.contents import LEFT_OUT, SEALED
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.tables import Connection
from wabolt.site.words import _


def make_backup(target: Path) -> Manifest:
    """Writes everything into the new file ``target``, encrypted for the recovery key. The database has to be running.

    All rows are read in one snapshot. Raises BackupError if there is no recovery key yet, or if the file exists or
    cannot be written; an existing file stays as it is.
    """
    recipients = keys.recipients()
    if target.exists():
        raise BackupError(_("{path} exists already; nothing was written.").format(path=target))
    if not target.parent.is_dir():
        raise BackupError(_("The folder {path} does not exist.").format(path=target.parent))
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            manifest = write_backup(file, recipients)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise BackupError(_("{path} cannot be written: {reason}").format(path=target, reason=error.strerror)) from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def write_backup(target: IO[bytes], recipients: Sequence[Recipient]) -> Manifest:
    """Writes everything to ``target``, encrypted for ``recipients``. Raises OSError if it cannot be written."""
    with encryption.encrypted(target, recipients) as plain:
        return _write(plain, recipients)


def _write(plain: IO[bytes], recipients: Sequence[Recipient]) -> Manifest:
    with psycopg.connect(home.database_url()) as connection, archive.created(plain) as file:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        manifest = _describe(connection)
        columns = tables.columns(connection)
        written: dict[str, Table] = {}
        for name in sorted(columns.keys() - LEFT_OUT - SEALED):
            with archive.adding(file, archive.member(name)) as rows:
                written[name] = tables.copy_out(connection, name, columns[name], rows)
        sealed = _seal(connection, {name: columns[name] for name in SEALED & columns.keys()}, file, recipients)
        manifest = replace(manifest, tables=written, sealed=sealed)
        archive.write_manifest(file, manifest)
    return manifest


def _seal(
    connection: Connection, columns_of: dict[str, list[str]], file: ZipFile, recipients: Sequence[Recipient]
) -> dict[str, Table]:
    """Adds `keys.age`: the keys of the home folder and the sealed tables."""
    written: dict[str, Table] = {}
    content = io.BytesIO()
    with archive.created(content) as inner:
        for name, columns in sorted(columns_of.items()):
            with archive.adding(inner, archive.member(name)) as rows:
                written[name] = tables.copy_out(connection, name, columns, rows)
        for name, key in home.stored_keys().items():
            inner.writestr(name, key)
    with archive.adding(file, archive.KEYS) as member:
        member.write(encryption.encrypted_bytes(content, recipients))
    return written


def _describe(connection: Connection) -> Manifest:
    row = connection.execute(
        "SELECT now(), current_setting('server_version'), pg_database_size(current_database()),"
        " to_regclass('django_migrations') IS NOT NULL"
    ).fetchone()
    assert row is not None
    made_at, version, size, is_there = row
    if not is_there:
        raise BackupError(_("There is no shop here yet. Start one with: {command}").format(command=shell_command("up")))
    migrations: dict[str, list[str]] = {}
    for app, name in connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name"):
        migrations.setdefault(str(app), []).append(str(name))
    return Manifest(
        format=FORMAT,
        wabolt=__version__,
        postgresql=str(version),
        made_at=made_at.isoformat(),
        migrations=migrations,
        sequences=tables.sequences(connection),
        partitions=tables.partitions(connection),
        database_bytes=size,
    )
