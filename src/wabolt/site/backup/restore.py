"""Restoring a backup: verify the file, build a new database from it, and swap it with the present one."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import psycopg
from pyrage.x25519 import Identity

from wabolt.accounts.other_database import workspaces_in
from wabolt.lib import erasure_lists
from wabolt.site import home
from wabolt.site.backup import archive, encryption, linked, server, tables
from wabolt.site.backup.archive import Manifest
from wabolt.site.backup.contents import LEFT_OUT, SEALED
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.steps import printable, run_step
from wabolt.site.backup.tables import Connection
from wabolt.site.baseline import baseline_migrations, load_script
from wabolt.site.words import _

ASIDE = "wabolt_before_restore_"  # prefix of the database that the last restore replaced
DRAFT = "wabolt_restore_"  # prefix of a database that is being built
USERS = "accounts_user"
LINE = 100_000  # bytes of a row that is read to show who can sign in


@dataclass(frozen=True)
class Verified:
    """A backup that was decrypted and checked. `sealed` holds the sealed tables and the keys, `file` the rest."""

    manifest: Manifest
    file: ZipFile
    sealed: ZipFile

    @property
    def keys(self) -> dict[str, str]:
        """The keys of the home folder by file name."""
        return archive.sealed_keys(self.sealed, home.KEYS)

    def people(self, most: int = 20) -> list[str]:
        """Returns the e-mail addresses of people who can sign in after a restore, at most ``most``."""
        found: list[str] = []
        table = self.manifest.sealed.get(USERS)
        if table is None or "email" not in table.columns:
            return found
        with self.sealed.open(archive.member(USERS)) as rows:
            while len(found) < most and (line := rows.readline(LINE)):
                fields = line.decode("utf-8", "replace").rstrip("\n").split("\t")
                if len(fields) == len(table.columns):
                    found.append(printable(fields[table.columns.index("email")]))
        return found

    def erasures(self, lists: Sequence[bytes]) -> list[erasure_lists.Opened]:
        """Returns those lists of erased people that the installation of this backup has written."""
        key = os.environ.get(home.KEYS["erasure-key"]) or self.keys.get("erasure-key", "")
        opened = (erasure_lists.opened(key, file) for file in lists)
        return [one for one in opened if one is not None]

    @property
    def database_bytes(self) -> int:
        """The size of the database that the rows become: as stated, but not less than their text."""
        return max(self.manifest.database_bytes, archive.unpacked_bytes(self.file, self.sealed))


def verify_backup(path: Path, identity: Identity) -> Manifest:
    """Reads a backup to its end and returns its manifest. Raises BackupError if any byte of it was changed."""
    with verified(path, identity) as backup:
        return backup.manifest


def restore_backup(
    path: Path,
    identity: Identity,
    confirm: Callable[[Verified], None] = lambda _backup: None,
    say: Callable[[str], None] = lambda _text: None,
    erasures: Sequence[bytes] = (),
) -> Manifest:
    """Replaces everything in the database by the content of the backup.

    The database has to be running without other connections. ``confirm`` is called after the backup was
    verified; it may raise to stop the restore. ``say`` receives progress reports. ``erasures`` are lists of erased
    people (`lib.erasure_lists`); those of other installations are ignored. The new database is built by our migrations
    and filled with the rows of the backup. Every room then receives `lib.restore.database_restored` and
    carries over what must not be lost (docs/operations.md). At the end the new database and the present one swap their
    names in one transaction.

    Raises BackupError if anything fails before that; nothing has changed then. The previous database stays as
    ``wabolt_before_restore_...`` until the next restore.
    """
    url, admin = home.database_url(), home.admin_url()
    mark = secrets.token_hex(4)
    fresh, aside = DRAFT + mark, ASIDE + mark
    with verified(path, identity) as backup:
        if home.free_bytes() < 2 * backup.database_bytes:  # the rows once more as PostgreSQL's write-ahead log
            raise BackupError(_("There is not enough room on the disk to restore this backup; nothing was changed."))
        confirm(backup)
        server.refuse_in_use(admin, server.name_of(url))
        say(_("The backup is complete. Restoring it next to the current data ..."))
        server.drop_like(admin, DRAFT)
        server.create(admin, fresh, server.user_of(url))
        try:
            fresh_url = server.with_database(url, fresh)
            with psycopg.connect(fresh_url, autocommit=True) as connection:
                build_empty(connection, fresh_url, backup.manifest)
                load(connection, backup)
            shops = _shops_in_both(url, fresh_url)
            if shops:
                linked.move_sessions(url, fresh_url)
            run_step(fresh_url, backup.keys, "finish", made_at=backup.manifest.made_at, previous=url, shops=shops,
                     erasures=[one.content for one in backup.erasures(erasures)])  # fmt: skip
            home.announce_keys(server.oid_of(admin, fresh), backup.keys)
            server.swap(admin, server.name_of(url), fresh, aside)
        except BaseException:
            with suppress(psycopg.Error):  # a full disk may have stopped the server; the next restore drops it
                server.drop_like(admin, fresh)
            raise
        home.store_keys(backup.keys)
        finish_restore()
        server.drop_like(admin, ASIDE, keep=aside)
    return backup.manifest


def finish_restore() -> None:
    """Puts the keys of a restored database in place, also after a restore that was killed. Does nothing without one."""
    if home.has_announced_keys():
        home.take_announced_keys(server.oid_of(home.admin_url(), server.name_of(home.database_url())))


@contextmanager
def verified(path: Path, identity: Identity) -> Iterator[Verified]:
    """Decrypts and checks a backup. Its plain text is in an unnamed temporary file in the home folder
    meanwhile."""
    with tempfile.TemporaryFile(dir=home.create_home(), prefix="restore-") as plain:
        encryption.decrypt(path, identity, plain)
        with archive.opened(plain) as (file, manifest):
            archive.check(file, manifest)
            if LEFT_OUT & (manifest.tables.keys() | manifest.sealed.keys()) or manifest.sealed.keys() - SEALED:
                raise BackupError(_("The backup contains tables that must not be in a backup; nothing was changed."))
            content = encryption.decrypted_bytes(archive.sealed_content(file), identity)
            with archive.open_sealed(content) as sealed:
                archive.sealed_keys(sealed, home.KEYS)
                yield Verified(manifest, file, sealed)


def build_empty(connection: Connection, url: str, manifest: Manifest) -> None:
    """Makes empty tables, as they were when the backup was made, in the empty database of ``connection`` and ``url``.

    Usually the script of the baseline makes them all. Otherwise a process with Django makes what is missing.
    """
    applied = {(app, name) for app, names in manifest.migrations.items() for name in names}
    baseline = baseline_migrations()
    if baseline <= applied:
        with connection.transaction():
            load_script(connection.cursor())
    if applied != baseline or set(manifest.partitions) - set(tables.partitions(connection)):
        run_step(url, {}, "build", migrations=manifest.migrations, partitions=manifest.partitions)


def load(connection: Connection, backup: Verified, progress: Callable[[int], None] = lambda _rows: None) -> None:
    """Fills empty tables with the rows of the backup. ``progress`` is called with the number of rows so far.

    Raises BackupError if rows do not fit, are not as many as the manifest states, or violate a foreign key.
    """
    manifest, done = backup.manifest, 0
    known = {**manifest.tables, **manifest.sealed}
    tables.check_fit(connection, known)
    rows = {name: table.rows for name, table in known.items()}
    large = tables.large(rows)

    def fill(names: Iterable[str]) -> None:
        nonlocal done
        for name in names:
            source = backup.sealed if name in manifest.sealed else backup.file
            with source.open(archive.member(name)) as file:
                tables.copy_in(connection, name, known[name], file)
            done += rows[name]
            progress(done)

    with tables.bare(connection, rows):
        fill(large)
        with connection.transaction():
            fill(name for name in known if name not in large)
    tables.set_sequences(connection, manifest.sequences)


def _shops_in_both(old: str, new: str) -> list[int]:
    """Returns the ids of the shops in both databases. The time of creation distinguishes two shops with the same id."""
    shops = []
    for url in (old, new):
        with psycopg.connect(url) as connection:
            shops.append(workspaces_in(connection))
    return sorted(pk for pk, _created_at in shops[0] & shops[1])
