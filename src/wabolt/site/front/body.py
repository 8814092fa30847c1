"""Reads the body of a request: within the limit of its route, and before a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Receive = Callable[[], Awaitable[dict[str, Any]]]

IN_MEMORY = 256 * 1024  # bytes of a body that stay in memory; the rest of it goes to a temporary file
GRACE = 10.0  # seconds that every body may take
SLOWEST = 8 * 1024  # bytes a second that a body which takes longer must have brought on average
DISCARD_FOR = 5.0  # seconds in which a refused body is read and thrown away, so that the browser shows the page


class BodyTooLargeError(Exception):
    """The body is longer than its route allows."""


class BodyTooSlowError(Exception):
    """The body did not come in time."""


class ClientGoneError(Exception):
    """The client closed the connection before its body was complete."""


async def read_body(receive: Receive, limit: int, clock: Callable[[], float] = time.monotonic) -> IO[bytes]:
    """The whole body, at its beginning. Raises BodyTooLargeError, BodyTooSlowError or ClientGoneError.

    The deadline moves with what has arrived, so that a large upload over a slow line has its time and a client that
    sends a byte now and then has not.
    """
    body: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller closes it
    began, size = clock(), 0
    try:
        while True:
            left = began + GRACE + size / SLOWEST - clock()
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
    """Throw away what is left of a refused body, for a short while.

    A browser that is still sending shows "connection reset" in place of the page that says why.
    """
    try:
        async with asyncio.timeout(DISCARD_FOR):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
    except TimeoutError:
        return
