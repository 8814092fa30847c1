"""Clients that leave the processor to the server: plain sockets in one epoll loop, about 30 µs per request."""

import selectors
import socket
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Client:
    sock: socket.socket
    begun: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    missing: int = -1
    status: int = 0


@dataclass
class Seen:
    """The results: seconds per answer, number of answers per status, seconds of the round, and processor seconds of the
    clients."""

    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    spent: float = 0.0


def visit(port: int, path: str, *, clients: int, seconds: float) -> Seen:
    """Sends GET requests for `path` without cookies over `clients` connections, each as soon as the answer before it is
    complete. Raises ConnectionError if the server closes a connection."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: id\r\n\r\n".encode()
    seen, selector = Seen(), selectors.DefaultSelector()
    busy = time.process_time()
    started = time.perf_counter()
    for _client in range(clients):
        client = _Client(socket.create_connection(("127.0.0.1", port)))
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client.sock, selectors.EVENT_READ, client)
        client.begun = time.perf_counter()
        client.sock.sendall(request)
    until = time.perf_counter() + seconds
    while (now := time.perf_counter()) < until:
        for key, _event in selector.select(until - now):
            _receive(key.data, seen, request)
    seen.seconds, seen.spent = time.perf_counter() - started, time.process_time() - busy
    for key in list(selector.get_map().values()):
        key.data.sock.close()
    selector.close()
    return seen


def _receive(client: _Client, seen: Seen, request: bytes) -> None:
    data = client.sock.recv(1 << 18)
    if not data:
        raise ConnectionError("the server closed a connection")
    if client.missing < 0:
        client.received += data
        end = client.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(client.received[:end]).lower()
        client.status = int(head[9:12])
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        client.missing = length - (len(client.received) - end - 4)
        client.received.clear()
    else:
        client.missing -= len(data)
    if client.missing == 0:
        now = time.perf_counter()
        seen.took.append(now - client.begun)
        seen.statuses[client.status] = seen.statuses.get(client.status, 0) + 1
        client.begun, client.missing = now, -1
        client.sock.sendall(request)
