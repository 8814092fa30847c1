"""One `wabolt up` per home folder at a time."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from wabolt.site.words import _

LAST_MOMENTS = 4.0  # seconds for a killed predecessor to end; granian ends within three


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Allows one ``up`` per home folder at a time. The processes of a killed one get a few seconds to end."""
    with (folder / "up.lock").open("w") as lock:
        deadline = time.monotonic() + LAST_MOMENTS
        while not _locked(lock):
            if time.monotonic() > deadline:
                link = folder / "link"
                where = link.read_text("utf-8") if link.exists() else str(folder)
                raise click.ClickException(_("WABolt is running already: {where}").format(where=where))
            time.sleep(0.1)
        yield


def is_running(folder: Path) -> bool:
    """Returns whether an ``up`` runs for this home folder."""
    with (folder / "up.lock").open("a") as lock:
        return not _locked(lock)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
