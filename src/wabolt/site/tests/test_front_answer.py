"""A response of any size is complete before it is sent, and a slow reader is disconnected."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from wabolt.site.front import answer
from wabolt.site.front.answer import SlowReaderError, collect, send_answer
from wabolt.site.front.memory import Budget


def application(*pieces: bytes, status: str = "200 OK") -> Callable[..., Iterable[bytes]]:
    def run(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start(status, [("Content-Type", "text/csv")])
        return iter(pieces)

    return run


def sent(*pieces: bytes, status: str = "200 OK") -> tuple[dict[str, Any], bytes]:
    """Returns the start message and the body that a client receives."""
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    asyncio.run(send_answer(collect(application(*pieces, status=status), {}, Budget()), send))
    start, *bodies = messages
    assert [body["more_body"] for body in bodies] == [True] * (len(bodies) - 1) + [False]
    return start, b"".join(body["body"] for body in bodies)


@pytest.mark.parametrize("size", [0, 1, answer.PIECE, answer.PIECE + 1, answer.IN_MEMORY + 1])
def test_body_arrives_with_its_length(size: int) -> None:
    start, body = sent(b"x" * (size // 2), b"y" * (size - size // 2))
    assert body == b"x" * (size // 2) + b"y" * (size - size // 2)
    assert (b"content-length", str(size).encode()) in start["headers"]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_announces_none(status: str) -> None:
    assert b"content-length" not in dict(sent(status=status)[0]["headers"])


def test_a_response_that_breaks_off_is_not_sent_at_all() -> None:
    def run(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        yield b"half"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        collect(run, {}, Budget())


def test_reader_below_the_minimum_rate_is_disconnected() -> None:
    seconds = iter(range(0, 10_000, 40))
    taken = 0

    async def send(message: dict[str, Any]) -> None:
        nonlocal taken
        taken += len(message.get("body", b""))
        await asyncio.sleep(0)

    with pytest.raises(SlowReaderError):
        asyncio.run(
            send_answer(collect(application(b"x" * 10_000_000), {}, Budget()), send, clock=lambda: float(next(seconds)))
        )
    assert taken < 10_000_000
