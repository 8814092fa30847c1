"""The ASGI application that granian serves: Django behind the buffering front."""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections

from wabolt.lib.disk import is_disk_full
from wabolt.lib.log_lines import request_id
from wabolt.site.front.answer import Answer, FileAnswer, Send, SlowReaderError, collect, send_answer
from wabolt.site.front.body import (
    ANONYMOUS,
    BodyTooLargeError,
    BodyTooSlowError,
    Bounds,
    ClientGoneError,
    Receive,
    discard,
    read_body,
)
from wabolt.site.front.clients import RequestsInProgress, TooManyError
from wabolt.site.front.head import Proxies, environ_of
from wabolt.site.front.hosts import is_known_host, unknown_host
from wabolt.site.front.measuring import REQUEST_ID, Measured
from wabolt.site.front.memory import Budget
from wabolt.site.front.probes import Probes
from wabolt.site.front.reconnect import begin_request, is_lost, may_repeat
from wabolt.site.front.refusal import REFUSAL, Refusal, short_answer
from wabolt.site.front.routes import Route, is_refused_unread, is_signed_in, route_of
from wabolt.site.front.shared import SharedPages

log = logging.getLogger(__name__)

CLIENT_GONE = 499  # the client closed the connection before its request was complete; for logs and metrics
WAITING = 1000  # requests of members that may wait for a thread; further ones get 503
SMALL = 64 * 1024  # bytes of a form with files that is handled as any other form: opening so small a file is quick
CROWDS_WAITING = 500  # the same for public pages for crowds: they are counted apart, so a flood blocks no other page
R = TypeVar("R")
Application = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Threads:
    """The number of requests that one process handles at once: pages, long responses (exports), forms with files, and
    public pages that very many strangers may open."""

    pages: int = 8
    long: int = 2
    files: int = 2  # a limited process opens each file (`lib.limited`), which may take seconds
    crowds: int = 2


class Front:
    """Reads each request whole, runs `application` (WSGI) in a thread, and sends its response."""

    def __init__(
        self,
        application: Application,
        proxies: Proxies,
        threads: Threads,
        probes: Probes,
        shared: SharedPages | None = None,
    ) -> None:
        self._application = application
        self._proxies = proxies
        self._probes = probes
        self._pages = ThreadPoolExecutor(threads.pages, "page")
        self._long = ThreadPoolExecutor(threads.long, "long")
        self._files = ThreadPoolExecutor(threads.files, "file")
        self._crowds = ThreadPoolExecutor(threads.crowds, "crowd")
        self._waiting = Counter[ThreadPoolExecutor]()
        self._shared = shared or SharedPages()
        self._clients = RequestsInProgress()
        self._memory = Budget()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Handles one HTTP request. Probes (`front.probes`) are neither counted nor logged."""
        environ = environ_of(scope, self._proxies)
        environ["wsgi.file_wrapper"] = FileAnswer
        answer = await self._probes.answer(environ)
        if answer is not None:
            await _send(answer, send)
            return
        measured = Measured(environ["REQUEST_METHOD"])
        try:
            with self._clients.one_more(self._client(scope, environ)):
                answer = await self._handle(environ, receive, measured)
                outcome = await _send(answer, send)
        except TooManyError:
            answer = short_answer(environ, HTTPStatus.TOO_MANY_REQUESTS)
            outcome = await _send(answer, send)
        measured.finish(answer.status, outcome)

    def _client(self, scope: dict[str, Any], environ: dict[str, Any]) -> str | None:
        """Returns the address whose requests are counted; None for a trusted proxy that names no client, such as this
        machine itself."""
        address, peer = environ["REMOTE_ADDR"], (scope.get("client") or ("", 0))[0]
        return None if address == peer and peer in self._proxies else address

    async def _handle(self, environ: dict[str, Any], receive: Receive, measured: Measured) -> Answer:
        """Returns the response to a request that is not a probe."""
        shared = self._shared.answer(environ)
        if shared is not None:
            measured.route, answer = shared
            return answer
        route = route_of(environ)
        measured.route, environ[REQUEST_ID] = route.name, measured.request_id
        if self._is_full(route):
            return short_answer(environ, HTTPStatus.SERVICE_UNAVAILABLE)
        if not is_known_host(environ):
            return unknown_host()
        answer = await self._answer_whole(environ, route, receive)
        self._shared.keep(environ, route.name, answer)
        return answer

    def _is_full(self, route: Route) -> bool:
        """Whether the queue of requests that wait for a thread is full for this route."""
        if route.is_for_crowds:
            return self._waiting[self._crowds] >= CROWDS_WAITING
        return sum(self._waiting[pool] for pool in (self._pages, self._long, self._files)) >= WAITING

    async def _answer_whole(self, environ: dict[str, Any], route: Route, receive: Receive) -> Answer:
        """Reads the body and returns the response of the application."""
        body: IO[bytes] = BytesIO()
        refused: Refusal | None = None
        try:
            if _has_body(environ):
                refused = await self._refused(environ, route)
                if refused is None:
                    longest = math.inf if route.body_limit_applies_to_members else ANONYMOUS
                    body = await read_body(receive, Bounds(route.body_limit, self._memory, longest))
        except BodyTooLargeError:
            refused = Refusal.TOO_LARGE
        except BodyTooSlowError:
            refused = Refusal.TOO_SLOW
        except ClientGoneError:
            return Answer(CLIENT_GONE, [], BytesIO(), 0)
        except OSError as error:
            if not is_disk_full(error):
                raise
            refused = Refusal.DISK_FULL
        answer = await self._answer(environ, body, route, refused)
        if refused is not None:
            answer.headers.append((b"connection", b"close"))  # the server ends it: the body was not read
        if _is_worth_discarding(environ, route, refused):
            await discard(receive, 2 * route.body_limit)
        return answer

    async def _refused(self, environ: dict[str, Any], route: Route) -> Refusal | None:
        """Returns the reason to refuse the body unread, or None. Files, and bodies above the default limit, require a
        session."""
        if not (environ.get("CONTENT_LENGTH") or "0").isdigit():
            return Refusal.BROKEN
        pool = self._crowds if route.is_for_crowds else self._pages
        try:
            is_for_members = _is_multipart(environ) or route.body_limit_applies_to_members
            if is_for_members and not await self._in_thread(pool, _ask, is_signed_in, environ):
                return Refusal.SIGNED_OUT
            if _announced(environ) > route.body_limit:
                return Refusal.TOO_LARGE
            if route.check is not None and await self._in_thread(pool, _ask, is_refused_unread, environ, route):
                return Refusal.UNREAD
        except (OperationalError, InterfaceError):  # the page says that the database is away
            return Refusal.UNREAD
        return None if route.is_known else Refusal.UNREAD

    async def _answer(self, environ: dict[str, Any], body: IO[bytes], route: Route, refused: Refusal | None) -> Answer:
        """Runs the application in a thread and returns its response."""
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if refused is not None:
            environ[REFUSAL] = refused
        size = body.seek(0, 2)
        environ["CONTENT_LENGTH"] = str(size) if size else ""
        try:
            return await self._in_thread(self._pool(environ, route, refused, size), self._run, environ, body)
        finally:
            body.close()

    def _pool(self, environ: dict[str, Any], route: Route, refused: Refusal | None, size: int) -> ThreadPoolExecutor:
        """Returns the threads for a request whose body has `size` bytes."""
        if route.is_for_crowds:
            return self._crowds
        if refused is not None:
            return self._pages
        if route.is_long:
            return self._long
        return self._files if size > SMALL and _is_multipart(environ) else self._pages

    async def _in_thread(self, pool: ThreadPoolExecutor, work: Callable[..., R], *arguments: Any) -> R:
        self._waiting[pool] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)
        finally:
            self._waiting[pool] -= 1

    def _run(self, environ: dict[str, Any], body: IO[bytes]) -> Answer:
        """Runs the application, and runs it once more if the database connection broke before anything was changed."""
        request_id.set(environ[REQUEST_ID])
        for is_last in (False, True):
            body.seek(0)
            begin_request()
            attempt = {**environ, "wsgi.input": body}
            try:
                answer = collect(self._application, attempt, self._memory)
            except Exception as failure:
                # Django handles the exceptions of views. This one was raised while a streamed response was produced.
                if is_lost(failure) and not is_last and environ["REQUEST_METHOD"] == "GET":
                    continue
                log.exception("the request broke off while its response was written")
                reason = Refusal.DISK_FULL if is_disk_full(failure) else Refusal.FAILED
                attempt = {**environ, "wsgi.input": BytesIO(), REFUSAL: reason}
                return collect(self._application, attempt, self._memory)
            if is_last or not may_repeat(attempt):
                return answer
            answer.close()
        raise AssertionError("unreachable")


async def _send(answer: Answer, send: Send) -> str:
    """Sends a response. Returns "slow_reader" if the client read it too slowly, else ""."""
    try:
        await send_answer(answer, send)
    except SlowReaderError:
        return "slow_reader"
    return ""


def _ask(question: Callable[..., bool], *arguments: Any) -> bool:
    """Asks the database outside a request. Opens a new connection if the thread's was ended."""
    close_old_connections()
    return question(*arguments)


def _has_body(environ: dict[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH", "0") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ


def _announced(environ: dict[str, Any]) -> int:
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0


def _is_multipart(environ: dict[str, Any]) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).lower().lstrip().startswith("multipart/")


def _is_worth_discarding(environ: dict[str, Any], route: Route, refused: Refusal | None) -> bool:
    """Whether to read and drop the rest of a refused upload, so that the browser shows the page with the reason. A
    visitor without a session gets no more time for it than a member's upload would."""
    if not route.body_limit_applies_to_members:
        return False
    if refused is Refusal.SIGNED_OUT:
        return _announced(environ) <= route.body_limit
    return refused in {Refusal.TOO_LARGE, Refusal.DISK_FULL}
