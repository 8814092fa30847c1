"""Reads the body of a request: within the limit of its route, and before a deadline."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Receive = Callable[[], Awaitable[dict[str, Any]]]

IN_MEMORY = 256 * 1024  # bytes of a body that stay in memory; a longer one goes to a temporary file
GRACE = 10.0  # seconds that any body may take
ANONYMOUS = 20.0  # seconds that the body of a client without a session may take in all
SLOWEST = 8 * 1024  # bytes per second: minimum average rate of a body that takes longer
DISCARD_FOR = 5.0  # seconds for which a refused body is read and dropped, so that the browser shows the page


class BodyTooLargeError(Exception):
    """The body is longer than its route allows."""


class BodyTooSlowError(Exception):
    """The body did not arrive before its deadline."""


class ClientGoneError(Exception):
    """The client closed the connection before its body was complete."""


async def read_body(
    receive: Receive, limit: int, longest: float = math.inf, clock: Callable[[], float] = time.monotonic
) -> IO[bytes]:
    """Returns the whole body, positioned at its beginning. Raises BodyTooLargeError, BodyTooSlowError or
    ClientGoneError.

    The deadline moves with the bytes that have arrived, but not past `longest` seconds. A large upload over a slow line
    gets the time it needs; a client that sends a byte now and then does not.
    """
    body: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller closes it
    began, size = clock(), 0
    try:
        while True:
            left = began + min(GRACE + size / SLOWEST, longest) - clock()
            try:
                message = await asyncio.wait_for(receive(), max(left, 0.0))
            except TimeoutError:
                raise BodyTooSlowError from None
            piece = message.get("body", b"")
            size += len(piece)
            _check(message, size, limit)
            body.write(piece)
            if not message.get("more_body"):
                body.seek(0)
                return body
    except BaseException:
        body.close()
        raise


def _check(message: dict[str, Any], size: int, limit: int) -> None:
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    if size > limit:
        raise BodyTooLargeError


async def discard(receive: Receive) -> None:
    """Reads and drops the rest of a refused body for a short time.

    Without this, a browser that is still sending reports a reset connection instead of showing the page with the
    reason.
    """
    try:
        async with asyncio.timeout(DISCARD_FOR):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
    except TimeoutError:
        return
