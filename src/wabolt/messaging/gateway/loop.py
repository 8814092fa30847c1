"""The gateway's main loop."""

import threading


def run(*, stop: threading.Event | None = None) -> None:
    """Works lanes until `stop` is set or the process gets SIGTERM or SIGINT; then finishes batches and lets go."""
    raise NotImplementedError
