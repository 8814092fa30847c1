"""Collects the response of a WSGI application, and sends it at the client's speed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any

from wabolt.lib.shared_pages import SharedPage
from wabolt.site.front.memory import Budget, Spool

Send = Callable[[dict[str, Any]], Awaitable[None]]

IN_MEMORY = 1024 * 1024  # bytes of a response that may stay in memory; a longer one goes to a temporary file
PIECE = 32 * 1024  # bytes that are handed to the web server at once
GRACE = 30.0  # seconds that any response may take
SLOWEST = 8 * 1024  # bytes per second: minimum average rate of a response that takes longer


class SlowReaderError(Exception):
    """The client reads too slowly; its connection is closed."""


class FileAnswer:
    """Our `wsgi.file_wrapper`: the body is already a file, which is sent without a copy."""

    def __init__(self, file: IO[bytes], _block_size: int = PIECE) -> None:
        self.file = file

    def close(self) -> None:
        self.file.close()


@dataclass
class Answer:
    """A complete response. `body` is positioned at its beginning; `size` is its length in bytes, None for a file.
    `shared`: the response as other visitors may get it (`lib.shared_pages`)."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: IO[bytes]
    size: int | None = None
    close: Callable[[], None] = field(default=lambda: None)
    shared: SharedPage | None = None


class _Started:
    """WSGI's `start_response`."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], _failure: Any = None) -> Callable[[bytes], None]:
        self.status, self.headers = int(status.split(" ", 1)[0]), headers
        return _no_write


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("Django returns its body; write() is of WSGI's first days")


def collect(application: Callable[..., Iterable[bytes]], environ: dict[str, Any], memory: Budget) -> Answer:
    """Runs `application` to its end and returns its response. `memory`: the budget for its body.

    Raises what the application raises while it produces the body, and OSError if the body does not fit on the disk.
    """
    started = _Started()
    result = application(environ, started)
    if isinstance(result, FileAnswer):
        return Answer(started.status, _encoded(started.headers), result.file, None, result.close)
    body = Spool(memory, IN_MEMORY)
    try:
        for piece in result:
            body.write(piece)
    except BaseException:
        body.close()
        raise
    finally:
        close = getattr(result, "close", None)
        if close:
            close()
    size = body.tell()
    body.seek(0)
    return Answer(
        started.status, _encoded(started.headers), body, size, body.close, shared=getattr(result, "shared", None)
    )


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def send_answer(answer: Answer, send: Send, clock: Callable[[], float] = time.monotonic) -> None:
    """Sends `answer` and closes it. Raises SlowReaderError when the client falls below the minimum rate.

    The length is always sent, so a client whose connection is closed early knows that the response is incomplete.
    """
    try:
        headers = answer.headers
        bodiless = answer.status in {204, 304} or answer.status < 200
        if answer.size is not None and not bodiless and not any(name == b"content-length" for name, _ in headers):
            headers = [*headers, (b"content-length", str(answer.size).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.size is not None and answer.size <= PIECE:  # the usual page: the web server buffers it
            try:
                async with asyncio.timeout(GRACE):
                    await send({"type": "http.response.body", "body": answer.body.read(), "more_body": False})
            except TimeoutError:
                raise SlowReaderError from None
            return
        began, sent = clock(), 0
        while piece := answer.body.read(PIECE):
            left = began + GRACE + sent / SLOWEST - clock()
            try:
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await asyncio.wait_for(send(message), max(left, 0.0))
            except TimeoutError:
                raise SlowReaderError from None
            sent += len(piece)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        answer.close()
