"""A body is read completely or refused: by its limit and its deadline. A second attempt reads it again."""

import asyncio
import math
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from wabolt.site.front import body, reconnect
from wabolt.site.front.app import CROWDS_WAITING, SMALL, Front, Threads
from wabolt.site.front.body import BodyTooLargeError, BodyTooSlowError, Bounds, ClientGoneError, discard, read_body
from wabolt.site.front.head import Proxies
from wabolt.site.front.memory import Budget
from wabolt.site.front.probes import Probes
from wabolt.site.front.refusal import REFUSAL, Refusal

Message = dict[str, Any]


def receiving(*messages: Message) -> Callable[[], Any]:
    waiting = list(messages)

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()  # a client that sends nothing more
        raise AssertionError

    return receive


def piece(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def bounds(size: int, seconds: float = math.inf) -> Bounds:
    return Bounds(size, Budget(), seconds)


def test_pieces_make_the_body() -> None:
    with asyncio.run(read_body(receiving(piece(b"a=1"), piece(b"&b=2", more=False)), bounds(100))) as whole:
        assert whole.read() == b"a=1&b=2"


@pytest.mark.parametrize("limit", [0, 5, 9])
def test_a_body_above_its_limit_is_refused_with_the_piece_that_exceeds_it(limit: int) -> None:
    with pytest.raises(BodyTooLargeError):
        asyncio.run(read_body(receiving(piece(b"x" * 10), piece(b"", more=False)), bounds(limit)))


def test_closed_connection_ends_the_wait() -> None:
    with pytest.raises(ClientGoneError):
        asyncio.run(read_body(receiving(piece(b"x"), {"type": "http.disconnect"}), bounds(100)))


def test_deadline_moves_only_with_received_bytes() -> None:
    def read(pieces: int, size: int, seconds_each: float, longest: float = math.inf) -> bytes:
        moments = iter(n * seconds_each for n in range(10_000))
        messages = [piece(b"x" * size) for _ in range(pieces)]
        last = piece(b"", more=False)
        found = read_body(receiving(*messages, last), bounds(10**9, longest), clock=lambda: next(moments))
        with asyncio.run(found) as whole:
            return whole.read()

    assert len(read(pieces=60, size=2 * body.SLOWEST, seconds_each=1)) == 120 * body.SLOWEST
    with pytest.raises(BodyTooSlowError):
        read(pieces=60, size=2 * body.SLOWEST, seconds_each=1, longest=body.ANONYMOUS)
    with pytest.raises(BodyTooSlowError):
        read(pieces=60, size=1, seconds_each=1)


def answers(
    front: Front, *messages: Message, method: str = "POST", path: str = "/account/login/", kind: bytes = b""
) -> Message:
    """Returns the first message that the front sends for a request with these pieces of a body."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), *([(b"content-length", b"4")] if messages else [])]
    headers += [(b"content-type", kind)] if kind else []
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http",
        "http_version": "1.1", "client": ("192.0.2.7", 4711), "server": ("127.0.0.1", 8000), "headers": headers,
    }  # fmt: skip
    asyncio.run(front(scope, receiving(*messages), send))
    return sent[0]


def test_a_request_whose_connection_broke_runs_again_with_the_same_body() -> None:
    bodies = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"].read())
        environ[reconnect._REPEAT] = len(bodies) == 1
        start("503 Service Unavailable" if len(bodies) == 1 else "200 OK", [])
        return [b""]

    front = Front(application, Proxies.parse([]), Threads(), Probes("token"))
    assert answers(front, piece(b"a=12", more=False))["status"] == 200
    assert bodies == [b"a=12", b"a=12"]


def test_a_response_that_breaks_off_becomes_an_error_page() -> None:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        refused = environ.get(REFUSAL)
        start("500 Internal Server Error" if refused is Refusal.FAILED else "200 OK", [])
        yield b"half a file"
        if refused is None:
            raise OSError("the disk is full")

    assert answers(Front(application, Proxies.parse([]), Threads(), Probes("token")), method="GET")["status"] == 500


def test_number_of_waiting_requests_is_bounded() -> None:
    front = Front(lambda *_: [], Proxies.parse([]), Threads(), Probes("token"))
    front._waiting[front._pages] = 1_000_000
    assert answers(front, method="GET")["status"] == 503


def test_a_flood_of_public_pages_closes_no_page_of_a_member() -> None:
    waiting = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        waiting.append((front._waiting[front._pages], front._waiting[front._crowds]))
        start("200 OK", [])
        return [b""]

    front = Front(application, Proxies.parse([]), Threads(), Probes("token"))
    assert answers(front, method="GET", path="/m/abcdefgh/")["status"] == 200
    assert answers(front, method="GET")["status"] == 200
    assert waiting == [(0, 1), (1, 0)]
    front._waiting[front._crowds] = CROWDS_WAITING
    assert answers(front, method="GET", path="/m/abcdefgh/")["status"] == 503
    assert answers(front, method="GET")["status"] == 200


def test_uploads_leave_threads_to_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member who sends many files that are slow to open takes no thread from other pages."""
    monkeypatch.setattr("wabolt.site.front.app.is_signed_in", lambda _environ: True)
    waiting = []

    def application(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        waiting.append((front._waiting[front._pages], front._waiting[front._files]))
        start("200 OK", [])
        return [b""]

    front = Front(application, Proxies.parse([]), Threads(), Probes("token"))
    large, form = SMALL + 1, b"multipart/form-data; boundary=x"
    for size, kind in ((large, form), (SMALL, form), (large, b"text/plain")):
        body = piece(b"x" * size, more=False)
        assert answers(front, body, path="/conversations/1/", kind=kind)["status"] == 200
    assert waiting == [(0, 1), (1, 0), (1, 0)]


def test_a_path_without_a_view_gets_its_answer_without_its_body() -> None:
    bodies = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"].read())
        start("404 Not Found", [])
        return [b""]

    front = Front(application, Proxies.parse([]), Threads(), Probes("token"))
    assert answers(front, piece(b"a=", more=True), path="/no/such/page/")["status"] == 404
    assert bodies == [b""]


def test_a_refused_body_is_read_to_its_end_and_no_further() -> None:
    waiting = [piece(b"x"), piece(b"y"), piece(b"", more=False), piece(b"the next request")]

    async def receive() -> Message:
        return waiting.pop(0)

    asyncio.run(discard(receive, 100))
    assert len(waiting) == 1
    asyncio.run(discard(receiving({"type": "http.disconnect"}), 100))
    moments = iter(range(0, 10_000, 11))
    asyncio.run(discard(receiving(), 100, clock=lambda: float(next(moments))))  # a client that sends nothing more
