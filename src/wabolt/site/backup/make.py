"""Making a backup while the shop goes on working."""

import hashlib
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from wabolt import __version__
from wabolt.site import home
from wabolt.site.backup import archive, server, sessions
from wabolt.site.backup.archive import BackupError, Manifest
from wabolt.site.words import _


def make_backup(target: Path) -> Manifest:
    """Write everything into the one file ``target``; the database has to be running.

    All of it is of one moment: dump and row counts read the same snapshot. Raises BackupError if the file exists
    already or cannot be written; what was there is left alone.
    """
    if target.exists():
        raise BackupError(_("{path} exists already; nothing was written.").format(path=target))
    if not target.parent.is_dir():
        raise BackupError(_("The folder {path} does not exist.").format(path=target.parent))
    url = home.database_url()
    try:
        with tempfile.TemporaryDirectory(prefix=".wabolt-backup-", dir=target.parent) as folder:
            secret = home.stored_secret()
            manifest = replace(
                _dump(url, Path(folder)), secret_sha256=hashlib.sha256((secret or "").encode()).hexdigest()
            )
            archive.write(target, manifest, Path(folder), secret)
    except OSError as error:
        raise BackupError(_("{path} cannot be written: {reason}").format(path=target, reason=error.strerror)) from error
    return manifest


def _dump(url: str, folder: Path) -> Manifest:
    dump = folder / archive.DUMP
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute(
            "SELECT pg_export_snapshot(), current_setting('server_version'), pg_database_size(current_database())"
        ).fetchone()
        if row is None:
            raise BackupError("pg_export_snapshot")
        snapshot, version, size = row
        options = ("--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--exclude-schema={sessions.SCHEMA}")
        server.run("pg_dump", *options, f"--file={dump}", url=url)
        if sessions.are_in(connection):
            sessions.save(url, str(snapshot), folder / archive.SESSIONS)
        tables = server.count_rows(connection)
        if "django_migrations" not in tables:
            raise BackupError(_("There is no shop here yet. Start one with: wabolt up"))
        migrations: dict[str, list[str]] = {}
        for app, name in connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name"):
            migrations.setdefault(app, []).append(name)
    return Manifest(
        format=archive.FORMAT,
        wabolt=__version__,
        postgresql=str(version),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        dump_bytes=dump.stat().st_size,
        dump_sha256=archive.checksum(dump),
        tables=tables,
        migrations=migrations,
        database_bytes=size,
    )
