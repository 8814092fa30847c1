"""Opens files from outside in a short-lived process with limits of memory, processor time and output.

Parsers of archives, pictures and documents trust the sizes that a file states. A hostile file ends the limited process
and not a web process. The code that runs in the limited process is in `lib.workers`.
"""

import errno
import json
import os
import site
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LAUNCHER = Path(__file__).parent / "workers" / "launcher.py"
_INSTALLED = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages())
_PATH = list(dict.fromkeys([str(Path(__file__).parents[2]), *_INSTALLED]))
"""The folders of the workers and of installed packages. `sys.path` has more: the working folder, for example, in which
a file may have the name of a parser."""
_SLOTS = threading.BoundedSemaphore(2)
"""Maximum number of openings at the same time in one process."""
_MIN_FREE = 64 * 1024
"""Free bytes of the temporary folder. The failure of a process with less is a full disk."""
_OVER_LIMIT = (b"MemoryError", b"memory allocation", b"Cannot allocate memory", b"File too large")


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of one opening.

    `memory`: bytes of address space. `seconds`: processor time; the wall-clock limit is twice as long. `output`: bytes
    that the process may write into one file or to its standard output.
    """

    memory: int = 512 * 1024**2
    seconds: int = 20
    output: int = 64 * 1024**2


class LimitExceededError(Exception):
    """The file needs more memory, time or output than the limits allow."""


class OpeningFailedError(Exception):
    """The process ended without an answer: its parser raised an unexpected error."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a worker: a JSON object and bytes."""

    facts: dict[str, Any]
    data: bytes


def run_limited(
    worker: str, options: Mapping[str, Any], *, data: bytes = b"", limits: ProcessLimits = ProcessLimits()
) -> Answer:
    """Calls `run(options, source)` of `wabolt.lib.workers.<worker>` in a limited process. `data` is its standard input.

    The process gets neither the environment of this one, which holds secrets, nor its open files. Linux enforces all
    limits; macOS ignores the limit of memory. Raises LimitExceededError, OpeningFailedError, and OSError if the disk is
    full.
    """
    settings = {"memory": limits.memory, "seconds": limits.seconds, "output": limits.output}
    order = json.dumps({"path": _PATH, "worker": worker, "limits": settings, "options": dict(options)})
    with _SLOTS, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-I", "-S", str(_LAUNCHER), order],  # -S: `site` takes half of the start
                input=data, stdout=output, stderr=errors, timeout=limits.seconds * 2, check=False, env=_environment(),
            )  # fmt: skip
        except subprocess.TimeoutExpired as problem:
            raise LimitExceededError from problem
        if done.returncode != 0:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4000))
            tail = errors.read()
            if _is_disk_full(output.fileno()):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # A signal (memory, processor time), a refused allocation, or a file that grew too large.
            if done.returncode < 0 or any(sign in tail for sign in _OVER_LIMIT):
                raise LimitExceededError
            raise OpeningFailedError(tail.decode("utf-8", "replace")[-500:])
        output.seek(0)
        facts: dict[str, Any] = json.loads(output.readline())
        return Answer(facts, output.read())


def _is_disk_full(descriptor: int) -> bool:
    disk = os.fstatvfs(descriptor)
    return disk.f_bavail * disk.f_frsize < _MIN_FREE


def _environment() -> dict[str, str]:
    """Returns the variables that an interpreter needs to start."""
    return {
        name: os.environ[name]
        for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LD_LIBRARY_PATH")
        if name in os.environ
    }
