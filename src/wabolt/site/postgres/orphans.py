"""Orphaned server processes: those that outlived their postmaster, and a postmaster that does not answer."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from wabolt.site.postgres.errors import ClusterError
from wabolt.site.words import _

WAIT = 5.0  # seconds to wait before the first signal and after each
SIGNALS = (signal.SIGQUIT, signal.SIGKILL)


def end_orphans(data: Path, alive: Callable[[], bool]) -> None:
    """Waits until ``alive`` returns False; after a while, ends the processes of the data folder ``data``.

    The children of a killed postmaster end within moments, except one in a long computation. Raises ClusterError if a
    process remains.
    """
    for number in (None, *SIGNALS):
        if number is not None:
            for pid in _processes(data):
                _kill(pid, number)
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            if not alive():
                return
            time.sleep(0.05)
    raise ClusterError(
        _(
            "Processes of an earlier database server still hold {data} and do not go away. "
            "Restart the machine, then start WABolt again; nothing is lost."
        ).format(data=data)
    )


def _processes(data: Path) -> list[int]:
    """Returns the processes of the data folder ``data``: it is the working folder of each PostgreSQL process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended, or we may not look at it
    return found


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
