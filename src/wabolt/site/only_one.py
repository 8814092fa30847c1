"""One `wabolt up` per home folder at a time."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click
import psutil

from wabolt.site.terminal import say
from wabolt.site.words import _

LAST_MOMENTS = 4.0  # seconds for an installation that is just ending
ORPHANS_END = 20.0  # seconds for processes whose `up` has ended; `parent.GRACE` is shorter
LOOK_EVERY = 0.1


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Allows one ``up`` per home folder at a time. The processes of an earlier one get time to end.

    The forked processes of an ``up`` hold its lock too. A lock whose ``up`` has ended is held by orphans. They are
    killed after `ORPHANS_END`, because one that hangs would prevent every start. Raises click.ClickException if another
    ``up`` runs.
    """
    path = (folder / "up.lock").resolve()
    with path.open("a+") as lock:  # not "w": the file names the present owner
        _wait(lock, path)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def is_running(folder: Path) -> bool:
    """Returns whether an ``up`` runs for this home folder; not if only orphans hold its lock."""
    with (folder / "up.lock").open("a+") as lock:
        return not _locked(lock) and _has_owner(lock)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(lock: IO[str], path: Path) -> None:
    """Returns with the lock."""
    began = time.monotonic()
    is_printed = False
    while not _locked(lock):
        waited = time.monotonic() - began
        has_owner = _has_owner(lock)
        # A holder that is still there after it was killed runs in another container with the same folder.
        if waited > (LAST_MOMENTS if has_owner else ORPHANS_END + LAST_MOMENTS):
            link = path.with_name("link")
            where = link.read_text("utf-8") if link.exists() else str(path.parent)
            raise click.ClickException(_("WABolt is running already: {where}").format(where=where))
        if not has_owner and waited > LAST_MOMENTS and not is_printed:
            say(_("Waiting for the processes of the previous start to end ..."))
            is_printed = True
        if not has_owner and waited > ORPHANS_END:
            _kill_holders(path)
        time.sleep(LOOK_EVERY)


def _has_owner(lock: IO[str]) -> bool:
    """Returns whether the ``up`` that took the lock still runs. This process is no owner: after a change of the domain
    name, ``up`` replaces itself under the same process id."""
    lock.seek(0)
    owner = lock.read()
    if not owner:  # an older version names none, or the owner has not written its id yet
        return True
    if not owner.isdecimal() or int(owner) == os.getpid():
        return False
    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(int(owner)).status() != psutil.STATUS_ZOMBIE)
    return False


def _kill_holders(path: Path) -> None:
    """Kills the other processes that hold the lock, as far as proc_pid_fdinfo(5) of Linux shows them."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            for file in process.open_files():
                info = Path(f"/proc/{process.pid}/fdinfo/{file.fd}")
                if file.path == str(path) and process.pid != os.getpid() and "FLOCK" in info.read_text("ascii"):
                    process.kill()
