"""The web server: granian, over WSGI."""

import multiprocessing
import sys
from collections.abc import Callable
from typing import Any

THREADS = 8  # requests at once in one process; as many database connections in its pool
KILL_AFTER = 3  # seconds that an open connection may hold up the end


def serve(host: str, port: int, workers: int = 1) -> None:
    """Serve the pages on ``host``:``port`` until a signal ends the process."""
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork", force=True)  # granian's workers share what is loaded already
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "wabolt.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
    ).serve(target_loader=_load, wrap_loader=False)


def _load(*_ignored: Any, **_also_ignored: Any) -> Callable[..., Any]:
    """Runs in each worker process of granian."""
    from wabolt.site import wsgi
    from wabolt.site.parent import end_with_parent

    end_with_parent()
    application: Callable[..., Any] = wsgi.application
    return application
