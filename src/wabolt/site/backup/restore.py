"""The way back: verified first, built beside what is there, put in its place in one step."""

import json
import os
import secrets
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from wabolt.site import home
from wabolt.site.backup import archive, server, sessions
from wabolt.site.backup.archive import BackupError, Manifest
from wabolt.site.words import _

ASIDE = "wabolt_before_restore_"  # start of the name of the database that the last restore replaced
DRAFT = "wabolt_restore_"  # start of the name of one that is being built


def restore_backup(
    path: Path,
    confirm: Callable[[Manifest], None] = lambda _manifest: None,
    say: Callable[[str], None] = lambda _text: None,
) -> Manifest:
    """Put the content of the backup in the place of everything that is in the database now.

    The database has to be running and nobody may be connected to it. ``confirm`` is called once the backup is known
    to be whole and may raise to leave it at that. The new state is built in a database of its own: restored,
    counted against the manifest, migrated, broadcasts and lanes paused, and the stops carried over that people sent
    after the backup was made. Sessions of linked numbers are carried over too, or else come from the backup. Only
    then both change places, in one transaction. Whatever goes wrong before that raises BackupError and changes
    nothing. What was there before stays as a database ``wabolt_before_restore_...`` until the next restore.
    """
    url, admin = home.database_url(), home.admin_url()
    mark = secrets.token_hex(4)
    fresh, aside = DRAFT + mark, ASIDE + mark
    with _verified(path) as (manifest, tar, dump, secret):
        confirm(manifest)
        say(_("The backup is whole. Restoring it beside the present data ..."))
        server.drop_like(admin, DRAFT)
        server.create(admin, fresh, server.user_of(url))
        try:
            there = server.with_database(url, fresh)
            jobs = f"--jobs={min(4, os.cpu_count() or 1)}"
            server.run("pg_restore", "--exit-on-error", "--no-owner", jobs, f"--dbname={fresh}", dump, url=there)
            _count(there, manifest)
            _link(url, there, tar, say)
            _finish(url, there, manifest, secret)
            server.swap(admin, server.name_of(url), fresh, aside)
        except BaseException:
            with suppress(psycopg.Error):  # a full disk may have stopped the server: the next restore drops it
                server.drop_like(admin, fresh)
            raise
        server.drop_like(admin, ASIDE, keep=aside)
        if secret:
            home.store_secret(secret)
    return manifest


@contextmanager
def _verified(path: Path) -> Iterator[tuple[Manifest, tarfile.TarFile, Path, str | None]]:
    """Manifest, members, dump and secret of a backup that was read to its end and found whole."""
    folder = home.create_home()
    with tempfile.TemporaryDirectory(prefix="restore-", dir=folder) as draft, archive.opened(path) as tar:
        manifest = archive.read_manifest(tar)
        # the data once more as PostgreSQL's log, which is written first
        if home.free_bytes() < manifest.dump_bytes + 2 * manifest.database_bytes:
            raise BackupError(_("There is not enough room on the disk to restore this backup; nothing was changed."))
        dump = Path(draft) / archive.DUMP
        archive.extract_dump(tar, manifest, dump)
        server.run("pg_restore", "--list", dump, url="")
        yield manifest, tar, dump, archive.read_secret(tar, manifest)


def _count(url: str, manifest: Manifest) -> None:
    with psycopg.connect(url) as connection:
        found = server.count_rows(connection)
    if found != manifest.tables:
        wrong = sorted(name for name in {*found, *manifest.tables} if found.get(name) != manifest.tables.get(name))
        raise BackupError(
            _("The restored tables do not hold what the backup promises ({tables}); nothing was changed.").format(
                tables=", ".join(wrong)
            )
        )


def _link(old: str, new: str, tar: tarfile.TarFile, say: Callable[[str], None]) -> None:
    """Give the restored database the sessions of its numbers.

    Those of the present database come first: a session goes on with every message, and WhatsApp takes one that went
    back in time for a stranger. A number without a session has to be linked again (channels.services.after_restore).
    """
    with psycopg.connect(new) as connection:
        rows = connection.execute("SELECT jid FROM channels_linkednumber WHERE jid <> ''").fetchall()
    linked = [str(jid) for (jid,) in rows]
    with psycopg.connect(old) as connection:
        if linked and sessions.are_in(connection) and sessions.hold(connection, linked):
            sessions.move(old, new)
            return
    sealed = archive.open_sessions(tar)
    if sealed is None or not linked:
        return
    try:
        for _block in sessions.unsealed(sealed):
            pass
    except sessions.SealBrokenError:
        say(
            _(
                "The backup's WhatsApp sessions are sealed with another installation's secrets-key: link the numbers"
                " again, or copy that file here first and restore once more."
            )
        )
        return
    sealed.seek(0)
    sessions.load(sealed, new)


def _finish(old: str, new: str, manifest: Manifest, secret: str | None) -> None:
    """Let every room make the restored database safe, in a process of its own (site.backup.rooms)."""
    environment = {**os.environ, "DATABASE_URL": new, "DJANGO_SETTINGS_MODULE": "wabolt.site.settings"}
    if secret:
        environment["WABOLT_SECRET_KEY"] = secret
    done = subprocess.run(
        [sys.executable, "-m", "wabolt.site.backup.rooms"],
        env=environment,
        input=json.dumps({"made_at": manifest.made_at, "previous": old}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(
            _("The restored data could not be made ready; nothing was changed.\n{reason}").format(
                reason=done.stderr.strip()[-2000:]
            )
        )
