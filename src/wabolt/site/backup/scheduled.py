"""The process that makes one backup: write, check, store in every place, delete old copies.

The worker starts it (`wabolt.backups.services.start_if_due`), `wabolt backup` calls it. It holds the lease of
`BackupSettings`. It may be killed at any moment: an unfinished file has a name that no list contains, and the next run
deletes it.
"""

import errno
import hashlib
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psycopg
from django.db import Error as DatabaseError
from django.db import transaction
from pyrage.x25519 import Identity

from wabolt.backups.places import S3, Folder, Place, PlaceError, read_back
from wabolt.lib.lease import LeaseLostError
from wabolt.site import home
from wabolt.site.backup import keys
from wabolt.site.backup.check import NICENESS, Check, check_backup, remove_scratch
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.heartbeat import Heartbeat, leased
from wabolt.site.backup.make import write_backup
from wabolt.site.database import set_up_django
from wabolt.site.parent import end_with_parent

if TYPE_CHECKING:
    from wabolt.backups.models import BackupRun, BackupSettings
    from wabolt.backups.services import Outcome
    from wabolt.site.backup.archive import Manifest

RESERVE = 200_000_000  # bytes of the database's disk that a backup leaves free; PostgreSQL stops on a full disk
LOOK_AFTER = 8_000_000  # bytes that are written between two looks at the free space
log = logging.getLogger("wabolt.backups")


class InterruptedRunError(BaseException):
    """A signal ended the process, or another process took its lease."""


@dataclass
class _File:
    """The backup file that is being written: counts, hashes, and keeps space for the database."""

    file: IO[bytes]
    heartbeat: Heartbeat
    reserve: int
    done: int = 0

    def __post_init__(self) -> None:
        self.hash = hashlib.sha256()
        self.looked = 0

    def write(self, block: bytes) -> int:
        """Writes one block. Raises OSError."""
        if self.reserve and self.done - self.looked >= LOOK_AFTER:
            self.looked = self.done
            if shutil.disk_usage(Path(self.file.name).parent).free < self.reserve:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = self.file.write(block)
        self.hash.update(block)
        self.done += count
        self.heartbeat.note("writing", self.done)
        return count

    def flush(self) -> None:
        """Flushes the file."""
        self.file.flush()


def main() -> int:
    """Makes one backup. Exit code 0: every place has a copy, or another process makes a backup."""
    end_with_parent()
    os.nice(NICENESS)
    set_up_django()
    return 0 if run_backup() in {None, True} else 1


def run_backup() -> "bool | None":
    """Makes one backup. Returns whether every place has a copy; None if another process makes one.

    The reason of a failure is in the record of the run.
    """
    from wabolt.backups import services

    services.ensure_settings()
    with leased() as heartbeat:
        if heartbeat is None:
            return None
        services.close_stale_runs()
        from wabolt.backups.models import BackupSettings

        row = BackupSettings.objects.get(pk=1)
        run = services.begin_run(mark=row.mark, token=heartbeat.lease.token)
        heartbeat.run = run
        try:
            with _signals_raise():
                complete = _make(row, run, heartbeat)
        except BaseException as error:
            reason, detail = _why(error)
            services.fail_run(run=run, reason=reason, detail=detail)
            log.warning("backup %s failed: %s %s", run.name, reason, detail)
            if not isinstance(error, Exception | InterruptedRunError):
                raise
            complete = False
        services.check_backups()
    return complete


def _make(row: "BackupSettings", run: "BackupRun", heartbeat: Heartbeat) -> bool:
    from wabolt.backups import queries, services

    services.ensure_key()
    recipients, ephemeral = keys.recipients(), Identity.generate()
    places = queries.wanted_places(row)
    if not places:
        raise PlaceError("no_place")
    staging = _staging(row)
    staging.remove_parts()
    remove_scratch()
    part = staging.part(run.name)
    try:
        manifest, size, digest = _write(part, [*recipients, ephemeral.to_public()], heartbeat)
        checked = _check(part, ephemeral, heartbeat)
        outcome = services.Outcome(
            made_at=datetime.fromisoformat(manifest.made_at), size=size, sha256=digest,
            contacts=manifest.rows("contacts_contact"), wanted=len(places), untested=checked.untested,
        )  # fmt: skip
        return _store(row, run, heartbeat, part, outcome)
    finally:
        part.unlink(missing_ok=True)


def _staging(row: "BackupSettings") -> Folder:
    """Returns the folder in which the file is written: the place itself, or the home folder if copies go to a storage
    only.

    Raises PlaceError if there is none.
    """
    from django.conf import settings

    from wabolt.backups import queries

    home_folder = Folder(Path(settings.BACKUP_FOLDER), row.mark)
    chosen = Folder(queries.folder_path(row), row.mark) if row.use_folder else home_folder
    if chosen.path == home_folder.path:
        home_folder.claim()
        return home_folder
    try:
        chosen.check()
    except PlaceError:
        if not row.use_s3:
            raise
        home_folder.claim()  # the other place still gets its copy
        return home_folder
    return chosen


def _write(part: Path, recipients: list[object], heartbeat: Heartbeat) -> "tuple[Manifest, int, str]":
    """Writes the file; returns its manifest, size and SHA-256. Raises PlaceError or psycopg.Error."""
    from wabolt.backups import queries

    last = queries.newest_kept()
    expected = last.size if last else 0
    reserve = RESERVE if is_on_our_disk(part.parent) else 0
    heartbeat.note("writing", 0, expected)
    if Folder(part.parent).free_bytes() < expected + reserve:
        raise PlaceError("disk_full", str(part.parent))
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            counted = _File(file, heartbeat, reserve)
            manifest = write_backup(counted, recipients)  # type: ignore[arg-type]  # what age writes to
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PlaceError.of(error, str(part.parent)) from error
    return manifest, counted.done, counted.hash.hexdigest()


def _check(part: Path, ephemeral: Identity, heartbeat: Heartbeat) -> Check:
    heartbeat.note("checking", 0, 0)
    try:
        return check_backup(part, ephemeral, lambda done, total: heartbeat.note("checking", done, total))
    except BackupError as error:
        raise PlaceError("check_failed", str(error)) from error


def _store(row: "BackupSettings", run: "BackupRun", heartbeat: Heartbeat, part: Path, outcome: "Outcome") -> bool:
    """Stores the checked file in every place and reads it back. Returns whether every place has it."""
    from wabolt.backups import queries, services
    from wabolt.backups.models import BackupCopy
    from wabolt.contacts.services import queue_erasure_list

    removed: dict[str, set[str]] = {}
    good = 0
    heartbeat.fence()
    # The folder is last, because storing there renames the file.
    for key in sorted(queries.wanted_places(row), key="folder".__eq__):
        heartbeat.note("storing", 0, outcome.size)
        where, copy = "", {"is_good": False}
        try:
            place = queries.place_of(row, key)
            where = place.where(run.name)
            if isinstance(place, Folder):
                place.check()
            else:
                _abort_old_uploads(place)
            place.store(run.name, part, lambda done: heartbeat.note("storing", done, outcome.size))
            heartbeat.note("comparing", 0, outcome.size)
            read_back(place, run.name, outcome.size, outcome.sha256, lambda done: heartbeat.note("comparing", done))
            copy = {"is_good": True, "same_disk": isinstance(place, Folder) and is_on_our_disk(place.path)}
            good += 1
            removed[key] = _thin(place, "" if outcome.untested else run.name)
        except PlaceError as error:
            if not copy["is_good"]:
                copy = {"is_good": False, "reason": error.code, "detail": error.detail}  # type: ignore[dict-item]
            log.warning("backup %s: %s", run.name, error)
        BackupCopy.objects.create(run=run, place=key, where=where, **copy)
    with transaction.atomic():
        heartbeat.fence()
        services.finish_run(run=run, outcome=outcome, removed=removed)
        queue_erasure_list()
    return good == outcome.wanted


def _abort_old_uploads(place: S3) -> None:
    """Aborts uploads of killed runs in the storage. A storage without multipart uploads still gets its copy."""
    try:
        place.remove_parts()
    except PlaceError as error:
        log.warning("old uploads stay in the storage: %s", error)


def _thin(place: Place, tested_now: str) -> set[str]:
    """Deletes the copies that the rule no longer keeps; returns their names. Raises PlaceError.

    An untested copy never replaces a tested one: the rule applies to all copies and to the tested ones alone.
    `tested_now`: the name of this run's file if it was tested, else "".
    """
    from wabolt.backups import queries, rules
    from wabolt.lib import clock

    names = {moment: name for name in place.names() if (moment := rules.moment_of(name, place.mark))}
    good = queries.tested_names(names.values()) | {tested_now}
    tested = [moment for moment, name in names.items() if name in good]
    kept = [rules.kept(moments, clock.now(), queries.zone()) for moments in (names, tested)]
    deleted = set()
    for moment in names.keys() - kept[0] - kept[1]:
        place.delete(names[moment])
        deleted.add(names[moment])
    return deleted


def is_on_our_disk(folder: Path) -> bool:
    """Whether `folder` is on the disk of our own database, so that both are lost together."""
    try:
        return home.uses_own_cluster() and folder.stat().st_dev == home.cluster().places.folder.stat().st_dev
    except OSError:
        return False


def _why(error: BaseException) -> tuple[str, str]:
    """(reason, detail) of a failure, for `wabolt.backups.words`."""
    match error:
        case PlaceError():
            return error.code, error.detail
        case InterruptedRunError() | LeaseLostError() | KeyboardInterrupt() | SystemExit():
            return "interrupted", ""
        case psycopg.Error() | DatabaseError():
            return "database", (str(error).strip().splitlines() or [type(error).__name__])[0]
        case BackupError():
            return "no_key", ""
    log.error("a backup failed", exc_info=error)
    return "unexpected", type(error).__name__


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Turns SIGTERM and SIGINT into an exception, so that the run cleans up."""

    def stop(_number: int, _frame: object) -> None:
        raise InterruptedRunError

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(TypeError):
                signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
