"""Server processes that outlived their postmaster, or a postmaster that nobody can talk to."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from wabolt.site.postgres.errors import ClusterError
from wabolt.site.words import _

PATIENCE = 5.0  # seconds that processes get to go by themselves, and after each signal
SIGNALS = (signal.SIGQUIT, signal.SIGKILL)


def clear(data: Path, alive: Callable[[], bool]) -> None:
    """Wait until ``alive`` is false; after a while end what still works in the data folder ``data``.

    The children of a killed postmaster leave within moments, except one in the middle of a long computation.
    Raises ClusterError if something stays.
    """
    for number in (None, *SIGNALS):
        if number is not None:
            for pid in _members(data):
                _kill(pid, number)
        deadline = time.monotonic() + PATIENCE
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


def _members(data: Path) -> list[int]:
    """The processes that work in ``data``: every PostgreSQL process has its data folder as working folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:
            continue  # gone, or not ours to look at
    return found


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
