"""The web server: granian, with the buffering front (`wabolt.site.front`) and Django behind it."""

import gc
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize
from typing import Any

from wabolt.lib.log_lines import log_as_process

HEADERS_WITHIN = 10_000  # milliseconds for the headers of a request; also the keep-alive time of a connection
CONNECTIONS = 4096  # open connections per process; a slow one costs memory, not a thread
BUFFER = 32 * 1024  # bytes that the server buffers for a connection: the headers of a request, a part of a response
COLLECT_AFTER = (20_000, 20, 50)  # garbage collector thresholds: pages allocate many objects and few cycles
KILL_AFTER = 3  # seconds after which an open connection no longer delays the end


def default_processes() -> int:
    """Returns the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(host: str, port: int, workers: int) -> None:
    """Serves the pages on ``host``:``port`` until a signal ends the process."""
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork", force=True)  # granian's workers share the code that is already loaded
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    _allow_connections()
    Server(
        "wabolt.site.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        # With HTTP/2, one connection could request hundreds of responses and read none of them. In granian's mode
        # "auto", a connection that sends nothing also escapes the header deadline. A proxy in front may speak HTTP/2.
        http=HTTPModes.http1,
        workers=workers,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN, max_buffer_size=BUFFER),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": {}, "formatters": {}, "loggers": {"_granian": {"handlers": []}}},  # ours writes
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
    ).serve(target_loader=partial(_load, port, os.getpid()), wrap_loader=False)


def _allow_connections() -> None:
    """Raises the limit of open files to what `CONNECTIONS` needs, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _load(port: int, parent: int, *_ignored: Any, **_also_ignored: Any) -> Callable[..., Any]:
    """Runs in each worker process of granian, which listens on `port`. `parent`: the process that started it.

    The worker ends with its parent, also if the parent has ended already: it holds the lock of `only_one`. granian does
    not see a SIGTERM that arrives while the worker starts.
    """
    from wabolt.site.database import set_up_django
    from wabolt.site.parent import end_with_parent

    end_with_parent(parent, grace=KILL_AFTER)
    set_up_django()
    log_as_process()
    gc.set_threshold(*COLLECT_AFTER)
    from wabolt.operations.services import start_heart
    from wabolt.site import asgi

    # granian's worker processes end by returning; then their finalizers run, and no atexit function
    Finalize(None, start_heart("web").stop, exitpriority=0)
    asgi.guard_connections(port)
    return asgi.make_application()
