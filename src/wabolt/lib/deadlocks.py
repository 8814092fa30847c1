"""Work that is done again when the database ended its transaction to resolve a deadlock."""

import functools
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

log = logging.getLogger(__name__)
DEADLOCK = "40P01"
"""SQLSTATE `deadlock_detected`. The transaction is rolled back, and the same work usually succeeds at once."""
ATTEMPTS = 4
PAUSE = 0.2
"""Seconds before the next attempt. The other transaction takes the released locks meanwhile."""
P = ParamSpec("P")
R = TypeVar("R")


def again_after_deadlock(work: Callable[P, R]) -> Callable[P, R]:
    """Decorates a function that opens its own transaction: after a deadlock it is called again, up to `ATTEMPTS` times.

    Inside a transaction of the caller it is not repeated, because that whole transaction was rolled back: the caller
    gets the error.
    """

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != DEADLOCK or connection.in_atomic_block:
                    raise
                log.warning("%s: again after a deadlock", work.__name__)
                time.sleep(PAUSE)
        return work(*args, **kwargs)

    return run
