"""Child processes that end with their parent, however the parent ends."""

import ctypes
import os
import select
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 1.0  # seconds between checks on systems that cannot notify us
GRACE = 15.0  # seconds to finish after the parent has ended


def end_with_parent(parent: int | None = None, grace: float = GRACE) -> None:
    """From now on, this process receives SIGTERM when its parent ends, and is ended ``grace`` seconds later.

    ``parent`` is the parent's process id; needed if the parent may end before this call.
    """
    parent = parent or os.getppid()
    terminate_with_parent()
    threading.Thread(target=_watch, args=(parent, grace), name="parent-watch", daemon=True).start()


def terminate_with_parent() -> None:
    """Asks Linux to send SIGTERM to this process when its parent ends; does nothing elsewhere. The request survives an
    `exec`, except of a program that has capabilities or a set-user-ID bit."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _watch(parent: int, grace: float) -> None:
    _wait_for_end(parent)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os._exit(1)


def _wait_for_end(parent: int) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(parent)
        except OSError:
            pass  # already gone, or an old kernel: poll our parent's id instead
        else:
            while os.getppid() == parent and not select.select([descriptor], [], [], 60)[0]:
                pass
            return
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
