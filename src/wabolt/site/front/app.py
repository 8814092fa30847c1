"""The ASGI application that granian serves: Django behind the buffering front."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any, TypeVar

from wabolt.lib.log_lines import request_id
from wabolt.site.front.answer import Answer, FileAnswer, Send, SlowReaderError, collect, send_answer
from wabolt.site.front.body import (
    ANONYMOUS,
    BodyTooLargeError,
    BodyTooSlowError,
    ClientGoneError,
    Receive,
    discard,
    read_body,
)
from wabolt.site.front.head import Proxies, environ_of
from wabolt.site.front.hosts import is_known_host, unknown_host
from wabolt.site.front.measuring import REQUEST_ID, Measured
from wabolt.site.front.probes import Probes
from wabolt.site.front.reconnect import begin_request, is_lost, may_repeat
from wabolt.site.front.refusal import REFUSAL, Refusal
from wabolt.site.front.routes import Route, is_signed_in, route_of

log = logging.getLogger(__name__)

CLIENT_GONE = 499  # the client closed the connection before its request was complete; for logs and metrics
WAITING = 1000  # requests that may wait for a thread; further ones get 503
R = TypeVar("R")
Application = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Threads:
    """The number of requests that one process handles at once: pages, and long responses (exports)."""

    pages: int = 8
    long: int = 2


class Front:
    """Reads each request whole, runs `application` (WSGI) in a thread, and sends its response."""

    def __init__(self, application: Application, proxies: Proxies, threads: Threads, probes: Probes) -> None:
        self._application = application
        self._proxies = proxies
        self._probes = probes
        self._pages = ThreadPoolExecutor(threads.pages, "page")
        self._long = ThreadPoolExecutor(threads.long, "long")
        self._waiting = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Handles one HTTP request. Probes (`front.probes`) are neither counted nor logged."""
        environ = environ_of(scope, self._proxies)
        environ["wsgi.file_wrapper"] = FileAnswer
        answer = await self._probes.answer(environ)
        measured = None
        if answer is None:
            measured = Measured(environ["REQUEST_METHOD"])
            answer = await self._handle(environ, receive, measured) if self._waiting < WAITING else _busy()
        outcome = ""
        try:
            await send_answer(answer, send)
        except SlowReaderError:
            outcome = "slow_reader"
        if measured is not None:
            measured.finish(answer.status, outcome)

    async def _handle(self, environ: dict[str, Any], receive: Receive, measured: Measured) -> Answer:
        """Returns the response to a request that is not a probe."""
        route = route_of(environ)
        measured.route, environ[REQUEST_ID] = route.name, measured.request_id
        return await self._answer_whole(environ, route, receive) if is_known_host(environ) else unknown_host()

    async def _answer_whole(self, environ: dict[str, Any], route: Route, receive: Receive) -> Answer:
        """Reads the body and returns the response of the application."""
        body: IO[bytes] = BytesIO()
        refused: Refusal | None = None
        try:
            if _has_body(environ):
                refused = await self._refused(environ, route)
                if refused is None:
                    longest = math.inf if route.body_limit_applies_to_members else ANONYMOUS
                    body = await read_body(receive, route.body_limit, longest)
        except BodyTooLargeError:
            refused = Refusal.TOO_LARGE
        except BodyTooSlowError:
            refused = Refusal.TOO_SLOW
        except ClientGoneError:
            return Answer(CLIENT_GONE, [], BytesIO(), 0)
        answer = await self._answer(environ, body, route, refused)
        if refused is Refusal.TOO_LARGE and route.body_limit_applies_to_members:
            await discard(receive)
        return answer

    async def _refused(self, environ: dict[str, Any], route: Route) -> Refusal | None:
        """Returns the reason to refuse the body unread, or None. Files, and bodies above the default limit, require a
        session."""
        announced = environ.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit():
            return Refusal.BROKEN
        if (_is_multipart(environ) or route.body_limit_applies_to_members) and not await self._in_thread(
            self._pages, is_signed_in, environ
        ):
            return Refusal.SIGNED_OUT
        return Refusal.TOO_LARGE if int(announced) > route.body_limit else None

    async def _answer(self, environ: dict[str, Any], body: IO[bytes], route: Route, refused: Refusal | None) -> Answer:
        """Runs the application in a thread and returns its response."""
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if refused is not None:
            environ[REFUSAL] = refused
        size = body.seek(0, 2)
        environ["CONTENT_LENGTH"] = str(size) if size else ""
        pool = self._long if route.is_long and refused is None else self._pages
        try:
            return await self._in_thread(pool, self._run, environ, body)
        finally:
            body.close()

    async def _in_thread(self, pool: ThreadPoolExecutor, work: Callable[..., R], *arguments: Any) -> R:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)
        finally:
            self._waiting -= 1

    def _run(self, environ: dict[str, Any], body: IO[bytes]) -> Answer:
        """Runs the application, and runs it once more if the database connection broke before anything was changed."""
        request_id.set(environ[REQUEST_ID])
        for is_last in (False, True):
            body.seek(0)
            begin_request()
            attempt = {**environ, "wsgi.input": body}
            try:
                answer = collect(self._application, attempt)
            except Exception as failure:
                # Django handles the exceptions of views. This one was raised while a streamed response was produced.
                if is_lost(failure) and not is_last and environ["REQUEST_METHOD"] == "GET":
                    continue
                log.exception("the request broke off while its response was written")
                attempt = {**environ, "wsgi.input": BytesIO(), REFUSAL: Refusal.FAILED}
                return collect(self._application, attempt)
            if is_last or not may_repeat(attempt):
                return answer
            answer.close()
        raise AssertionError("unreachable")


def _has_body(environ: dict[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH", "0") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ


def _is_multipart(environ: dict[str, Any]) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).lower().lstrip().startswith("multipart/")


def _busy() -> Answer:
    headers = [(b"retry-after", b"5"), (b"content-type", b"text/plain")]
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, headers, BytesIO(b"Busy. Try again.\n"), 17)
