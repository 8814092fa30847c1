"""A real web server on an installation of its own, with raw connections for misbehaving clients."""

import contextlib
import http.client
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.forking import ForkServer, Process
from tests.shared import free_port

from wabolt.site.front.body import GRACE
from wabolt.site.tests.shops import Shop

THREADS = 8  # per web process (`front.app.Threads.pages`)
SOON = 2.0  # seconds within which a page answers during an attack


def assert_not_held_up(seconds: Sequence[float]) -> None:
    """Checks the times of answers, one after the other, during an attack.

    A client that holds up a page does so for all of GRACE, so the first two answers are given during the attack. One of
    them keeps the promise of 2 s: on a busy machine, a single answer may wait for the processor.
    """
    assert max(seconds) < GRACE / 2, seconds
    assert min(seconds[:2]) < SOON, seconds


def connect_tls(context: ssl.SSLContext, port: int, name: str, buffer: int = 0) -> ssl.SSLSocket:
    """Opens a TLS connection to `name` at a port of this machine. `buffer`: bytes of the receive buffer of a client
    that will not read. Raises OSError."""
    raw = socket.socket()
    raw.settimeout(60)
    if buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    # The wrapper comes first: it leaves a socket open that was connected before and reset by the other side
    # (ssl.SSLSocket._create), which a killed server does.
    connection = context.wrap_socket(raw, server_hostname=name)
    try:
        connection.connect(("127.0.0.1", port))
    except BaseException:
        connection.close()
        raise
    return connection


@dataclass(frozen=True)
class Live:
    """A running `wabolt web` with one process."""

    port: int
    session: str
    pid: int = 0

    def memory(self) -> int:
        """Returns the bytes of memory of the process that answers requests (Linux)."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children]
        return max(pages) * os.sysconf("SC_PAGE_SIZE")

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Returns the status and the body. Raises OSError if there is no answer within 60 s."""
        return self.ask("GET", path, headers=headers)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Cookie": f"sessionid={self.session}", **(headers or {})})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def seconds_for(self, path: str) -> float:
        """Returns the seconds that a signed-in page takes."""
        began = time.monotonic()
        status, _body = self.get(path)
        assert status == 200, status
        return time.monotonic() - began

    def open(self, head: str, body: bytes = b"") -> socket.socket:
        """Opens a connection and sends `head` (lines separated by newlines, without the blank line) and `body`."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return connection


def answer_of(connection: socket.socket) -> str:
    """Returns the status line of the answer; "" if the server closes the connection without one."""
    with contextlib.suppress(ConnectionError):
        return connection.makefile("rb").readline().decode("latin-1").strip()
    return ""


@dataclass(frozen=True)
class Ends:
    """The ends of connections whose clients sent nothing more, and the seconds that five pages took meanwhile."""

    pages: list[float]
    closed: Mapping[object, bool]
    """{client: whether the server closed its connection}."""
    answers: Mapping[object, tuple[str, float]]
    """{client: the status ("" without an answer) and the seconds until it arrived}."""


def wait_for_ends(
    page: Callable[[], float], silent: Mapping[object, socket.socket], asking: Mapping[object, socket.socket]
) -> Ends:
    """Waits for the deadlines of all clients at once. Each connection has a timeout, and is closed at the end.

    `page`: returns the seconds that a page takes. `silent`: clients that sent no request. `asking`: clients that get an
    answer.
    """
    began = time.monotonic()

    def answer(connection: socket.socket) -> tuple[str, float]:
        status = answer_of(connection).partition(" ")[2].partition(" ")[0]
        return status, time.monotonic() - began

    with contextlib.ExitStack() as stack, ThreadPoolExecutor(len(silent) + len(asking)) as threads:
        for connection in (*silent.values(), *asking.values()):
            stack.enter_context(connection)
        closed = {client: threads.submit(is_closed, connection) for client, connection in silent.items()}
        answers = {client: threads.submit(answer, connection) for client, connection in asking.items()}
        return Ends(
            [page() for _ in range(5)],
            {client: found.result() for client, found in closed.items()},
            {client: found.result() for client, found in answers.items()},
        )


def is_closed(connection: socket.socket) -> bool:
    """Reads until the server closes the connection. Returns False if that takes longer than its timeout."""
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except (ConnectionError, ssl.SSLError):
        return True
    return True


def wait_for_port(process: Process, port: int) -> None:
    """Waits until the process accepts connections."""
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        assert process.poll() is None, "the web server ended"
        assert time.monotonic() < deadline, "the web server does not accept connections"
        time.sleep(0.05)


@contextlib.contextmanager
def running_web(shop: Shop, session: str, **extra: str) -> Iterator[Live]:
    """Runs `wabolt web` on the database of `shop` until the end of the block."""
    port = free_port()
    forks = ForkServer({**os.environ, "WABOLT_HOME": str(shop.home), "DATABASE_URL": shop.url, **extra})
    process = forks.start_command(shop.home / "web.log", "web", "--port", str(port), "--workers", "1")
    try:
        wait_for_port(process, port)
        yield Live(port, session, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
