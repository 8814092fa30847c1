"""The log line and the figures of one request.

The line has the name of the URL pattern instead of the path: paths may hold tokens, and query strings hold what people
searched for. The client's address is not logged.
"""

import logging
import secrets
import time

from wabolt.lib import metrics
from wabolt.lib.log_lines import log_event

log = logging.getLogger(__name__)

REQUEST_ID = "wabolt.request_id"
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Measured:
    """A request that is being answered. `route`: the name of its URL pattern."""

    def __init__(self, method: str) -> None:
        self.request_id = secrets.token_hex(4)
        self.route = "none"
        self._method = method if method in _METHODS else "other"  # the client may send anything
        self._began = time.perf_counter()

    def finish(self, status: int, outcome: str = "") -> None:
        """Counts and logs the request after its last byte."""
        seconds = time.perf_counter() - self._began
        metrics.requests.labels(self.route, self._method, str(int(status))).inc()
        metrics.request_seconds.labels(self.route).observe(seconds)
        ended = {"outcome": outcome} if outcome else {}
        log_event(
            log, "request", request=self.request_id, method=self._method, route=self.route, status=int(status),
            ms=round(seconds * 1000), **ended,
        )  # fmt: skip
