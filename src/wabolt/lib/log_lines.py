"""Log lines with facts: ids, counts and durations, as `key=value` or as JSON (`site.logs`).

A fact is an id, a number, a state or a name from the code. Names, numbers and texts of people are never logged.
"""

import logging
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread handles, "" outside requests. Every line that is logged meanwhile has it."""


def log_event(logger: logging.Logger, event: str, **facts: str | float | None) -> None:
    """Logs one line at level INFO."""
    logger.info(event, extra={"facts": facts})
