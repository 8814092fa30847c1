"""The answers for monitoring: `/healthz`, `/readyz` and `/metrics`.

The front answers them before Django, so they need no session and no host name of the shop. A load balancer uses an IP
address.

- `/healthz`: this process answers. Uses no thread and no database.
- `/readyz`: the parts that the installation needs, as JSON; 503 while one is missing. The answer is kept for a second.
- `/metrics`: for Prometheus, with `Authorization: Bearer TOKEN` (`wabolt metrics-token`).
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.db import close_old_connections
from prometheus_client import CONTENT_TYPE_LATEST

from wabolt.operations.queries import Readiness, exposition, readiness
from wabolt.site.front.answer import Answer

KEEP = 1.0  # seconds for which an answer about readiness is repeated
PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class Probes:
    """Answers the requests for PATHS in one web process. `token`: the token of `/metrics`."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token.encode()
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "probe")  # pages that wait for the database do not delay a probe
        self._kept: tuple[float, Readiness] | None = None

    async def answer(self, environ: dict[str, Any]) -> Answer | None:
        """Returns the answer to a probe; None for any other request."""
        path = environ["PATH_INFO"]
        if path not in PATHS:
            return None
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return _answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", allow="GET, HEAD")
        if path == "/healthz":
            return _answer(HTTPStatus.OK, b"ok\n")
        if path == "/metrics" and not self._may_scrape(environ):
            return _answer(HTTPStatus.UNAUTHORIZED, b"", www_authenticate='Bearer realm="metrics"')
        work = self._readyz if path == "/readyz" else _metrics
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _may_scrape(self, environ: dict[str, Any]) -> bool:
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return scheme.lower() == "bearer" and secrets.compare_digest(token.strip().encode("latin-1"), self._token)

    def _readyz(self) -> Answer:
        if self._kept is None or self._clock() - self._kept[0] >= KEEP:
            found = readiness()
            self._kept = self._clock(), found
        found = self._kept[1]
        status = HTTPStatus.OK if found.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        body = json.dumps({"ready": found.is_ready, "missing": list(found.missing)}) + "\n"
        return _answer(status, body.encode(), content_type="application/json")


def _metrics() -> Answer:
    close_old_connections()  # a connection that was ended is replaced
    return _answer(HTTPStatus.OK, exposition(), content_type=CONTENT_TYPE_LATEST)


def _answer(status: HTTPStatus, body: bytes, content_type: str = "text/plain; charset=utf-8", **headers: str) -> Answer:
    named = {"content-type": content_type, "cache-control": "no-store", **headers}
    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    return Answer(status, encoded, BytesIO(body), len(body))
