"""No client address takes all requests or connections, and no number of bodies takes all memory."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.site.front.app import Front, Threads
from wabolt.site.front.clients import REQUESTS, ConnectionGuard, RequestsInProgress, TooManyError, source_of
from wabolt.site.front.head import Proxies
from wabolt.site.front.memory import Budget, Spool
from wabolt.site.front.probes import Probes


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),  # one customer's network
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "", True),
    ],
)
def test_clients_are_counted_by_address_or_network(one: str, other: str, *, are_one: bool) -> None:
    assert (source_of(one) == source_of(other)) is are_one


def test_finished_requests_free_their_places() -> None:
    clients = RequestsInProgress(most=2)
    with clients.one_more("192.0.2.1"), clients.one_more("192.0.2.1"):
        with pytest.raises(TooManyError), clients.one_more("192.0.2.1"):
            pass
        with clients.one_more("192.0.2.2"):
            pass
    with clients.one_more("192.0.2.1"):
        pass


def statuses(clients: list[tuple[str, str]]) -> list[int]:
    """Returns the status for each of these clients (peer, forwarded address), which all wait for a body at once."""
    front = Front(_never, Proxies.parse(["127.0.0.1"]), Threads(), Probes("token"))
    found: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if "status" in message:
            found.append(message["status"])

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    def scope(peer: str, forwarded: str) -> dict[str, Any]:
        names = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        headers = [(b"host", b"localhost"), (b"content-length", b"4"), *names]
        return {
            "type": "http", "method": "POST", "path": "/account/login/", "query_string": b"", "scheme": "http",
            "http_version": "1.1", "client": (peer, 4711), "server": ("127.0.0.1", 8000), "headers": headers,
        }  # fmt: skip

    async def run() -> None:
        tasks = [asyncio.ensure_future(front(scope(*client), receive, send)) for client in clients]
        for _turn in range(5):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    return found


def _never(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    raise AssertionError


def test_one_address_is_refused_and_its_neighbours_are_not() -> None:
    busy = [("192.0.2.1", "")] * (REQUESTS + 3)
    assert statuses([*busy, ("192.0.2.2", "")]) == [429] * 3


def test_a_proxys_clients_are_counted_one_by_one_and_the_proxy_never() -> None:
    assert statuses([("127.0.0.1", "")] * (2 * REQUESTS)) == []
    assert statuses([("127.0.0.1", f"192.0.2.{n}") for n in range(2 * REQUESTS)]) == []
    assert statuses([("127.0.0.1", "192.0.2.1")] * (REQUESTS + 2)) == [429] * 2
    assert statuses([("192.0.2.1", "127.0.0.1")] * (REQUESTS + 2)) == [429] * 2, "only a proxy names its client"


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server


@pytest.mark.usefixtures("socket_enabled")
def test_connections_above_the_limit_are_closed(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(5)]
        accepted = [stack.enter_context(listening.accept()[0]) for _ in clients]
        assert ConnectionGuard(port, Proxies.parse(["127.0.0.1"]), most=2).check() == 0
        assert ConnectionGuard(port, Proxies.parse([]), most=2).check() == 3
        for client in clients:
            client.setblocking(False)
        ended = [client for client in clients if _has_ended(client)]
        assert len(ended) == 3
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert all(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) for one in accepted[:2])
        assert ConnectionGuard(port + 1, Proxies.parse([]), most=0).check() == 0, "connections of other servers"


def _has_ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(0, 100), st.integers(0, 100))
def test_spool_keeps_its_content_and_releases_its_memory(pieces: list[bytes], total: int, in_memory: int) -> None:
    budget = Budget(total)
    spool, other = Spool(budget, in_memory), Spool(budget, in_memory)
    for piece in pieces:
        assert spool.write(piece) == len(piece)
        other.write(piece)
    for one in (spool, other):
        one.seek(0)
        assert one.read() == b"".join(pieces)
        one.close()
        one.close()
    assert budget.take(total)
    assert not budget.take(1)
