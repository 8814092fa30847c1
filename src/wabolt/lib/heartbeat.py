"""The heartbeat of a process's main loop. `operations.services.beating` writes it to the database."""

from wabolt.lib.lease import boottime

_last: float | None = None


def turned() -> None:
    """Notes that the main loop of this process is alive. Call it at each turn, at least every few seconds."""
    global _last
    _last = boottime()


def seconds_since_turn() -> float | None:
    """Seconds since the last turn; None before the first one."""
    return None if _last is None else boottime() - _last
