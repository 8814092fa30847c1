"""Reads the body of a request: within the limit of its route, and before a deadline."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from wabolt.site.front.memory import Budget, Spool

Receive = Callable[[], Awaitable[dict[str, Any]]]

IN_MEMORY = 256 * 1024  # bytes of a body that may stay in memory; a longer one goes to a temporary file
GRACE = 10.0  # seconds that any body may take
ANONYMOUS = 20.0  # seconds that the body of a client without a session may take in all
SLOWEST = 8 * 1024  # bytes per second: minimum average rate of a body that takes longer
DISCARD_FOR = 60.0  # seconds for which a refused body is read and dropped, so that the browser shows the page


class BodyTooLargeError(Exception):
    """The body is longer than its route allows."""


class BodyTooSlowError(Exception):
    """The body did not arrive before its deadline."""


class ClientGoneError(Exception):
    """The client closed the connection before its body was complete."""


@dataclass(frozen=True)
class Bounds:
    """The limits of a body: `size` in bytes, `seconds` in all, and the `memory` of the process."""

    size: int
    memory: Budget
    seconds: float = math.inf


async def read_body(receive: Receive, bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> IO[bytes]:
    """Returns the whole body, positioned at its beginning. Raises BodyTooLargeError, BodyTooSlowError or
    ClientGoneError, and OSError if the body does not fit on the disk.

    The deadline moves with the bytes that have arrived, but not past `bounds.seconds`. A large upload over a slow line
    gets the time it needs; a client that sends a byte now and then does not.
    """
    body = Spool(bounds.memory, IN_MEMORY)
    try:
        async for piece in _pieces(receive, bounds.size, bounds.seconds, clock):
            body.write(piece)
        body.seek(0)
    except BaseException:
        body.close()
        raise
    return body


async def discard(receive: Receive, size: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Reads and drops a refused body: at most `size` bytes, for at most DISCARD_FOR seconds.

    Without this, a browser that is still sending reports a reset connection instead of showing the page with the
    reason.
    """
    with suppress(BodyTooLargeError, BodyTooSlowError, ClientGoneError):
        async for _piece in _pieces(receive, size, DISCARD_FOR, clock):
            pass


async def _pieces(receive: Receive, most: int, longest: float, clock: Callable[[], float]) -> AsyncIterator[bytes]:
    began, size = clock(), 0
    while True:
        left = began + min(GRACE + size / SLOWEST, longest) - clock()
        try:
            message = await asyncio.wait_for(receive(), max(left, 0.0))
        except TimeoutError:
            raise BodyTooSlowError from None
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise BodyTooLargeError
        yield piece
        if not message.get("more_body"):
            return
