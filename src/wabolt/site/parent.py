"""A child process that does not outlive its parent, however the parent ends."""

import ctypes
import os
import select
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 1.0  # seconds, where the system cannot wake us
GRACE = 15.0  # seconds to finish after the parent is gone


def end_with_parent(parent: int | None = None) -> None:
    """From now on: when the parent process ends, this one gets SIGTERM, and is ended after a grace.

    ``parent``: its id, for a child that may come to this line after its parent's end.
    """
    parent = parent or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    _wait_for_end(parent)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def _wait_for_end(parent: int) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(parent)
        except OSError:
            pass  # gone already, or a kernel without it: look at our parent's number instead
        else:
            while os.getppid() == parent and not select.select([descriptor], [], [], 60)[0]:
                pass
            return
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
