"""A whole installation behind its own Caddy, and clients that speak TLS and HTTP/2 to it."""

import contextlib
import http.client
import os
import signal
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from tests.forking import ForkServer, Process
from tests.shared import free_port

from wabolt.site.tests.live import connect_tls
from wabolt.site.tests.shops import Shop

NAME, OTHER_NAME = "wa.toko.example", "www.toko.example"
READY = 90.0  # seconds for an installation to start on a busy machine


@dataclass(frozen=True)
class Public:
    """A running `wabolt up --domain`, with Caddy's own certificate authority."""

    home: Path
    http_port: int
    https_port: int
    web_port: int
    session: str
    process: Process

    def context(self, *protocols: str) -> ssl.SSLContext:
        root = self.home / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        context = ssl.create_default_context(cafile=str(root))
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def connect(self, *protocols: str, name: str = NAME, buffer: int = 0) -> ssl.SSLSocket:
        """Opens a TLS connection. `buffer`: bytes of the receive buffer of a client that will not read."""
        return connect_tls(self.context(*protocols), self.https_port, name, buffer)

    def open(self, head: str, body: bytes = b"", buffer: int = 0) -> ssl.SSLSocket:
        """Sends `head` (lines separated by newlines, without the blank line) and `body` over HTTP/1.1."""
        connection = self.connect("http/1.1", buffer=buffer)
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return connection

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Asks as the signed-in owner; returns the response and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.https_port)
        connection.sock = self.connect("http/1.1")
        try:
            given = {"Host": f"{NAME}:{self.https_port}", "Cookie": f"sessionid={self.session}", **(headers or {})}
            connection.request(method, path, body, given)
            with connection.getresponse() as response:
                return response, response.read()
        finally:
            connection.close()

    def seconds_for(self, path: str) -> float:
        """Returns the seconds that a signed-in page takes."""
        began = time.monotonic()
        response, _body = self.ask("GET", path)
        assert response.status == 200, response.status
        return time.monotonic() - began

    def caddy(self) -> psutil.Process:
        """Returns the process of Caddy."""
        return psutil.Process(self.caddy_pid())

    def caddy_pid(self) -> int:
        """Returns the process id that Caddy's watcher has written; 0 if there is none."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int((self.home / "caddy" / "caddy.pid").read_text("ascii"))
        return 0

    def megabytes(self) -> float:
        """Returns the resident memory of Caddy."""
        return float(self.caddy().memory_info().rss) / 1_000_000

    def answers(self) -> bool:
        """Returns whether a page of the shop arrives through Caddy."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/account/login/")[0].status in {200, 302}
        return False


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    """Waits until `condition` holds, at most `seconds`; returns how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


def has_ended(process: psutil.Process) -> bool:
    """Returns whether a process has ended, also if its parent has not asked for its exit code yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextlib.contextmanager
def running_public(shop: Shop, session: str, *, is_quick: bool = False, **extra: str) -> Iterator[Public]:
    """Runs `wabolt up --domain` on the database of `shop` until the end of the block.

    `is_quick`: see `ForkServer`. `extra`: further environment variables. With an empty DATABASE_URL, the installation
    watches its PostgreSQL itself.
    """
    http_port, https_port, web_port = free_port(), free_port(), free_port()
    environment = {
        **os.environ,
        "WABOLT_HOME": str(shop.home),
        "DATABASE_URL": shop.url,
        "WABOLT_PUBLIC_URL": f"https://{NAME}:{https_port}",
        **extra,
    }
    options = ["--domain", NAME, "--domain", OTHER_NAME, "--acme-ca", "internal", "--port", str(web_port)]
    options += ["--http-port", str(http_port), "--https-port", str(https_port)]
    process = ForkServer(environment, is_quick=is_quick).start_command(shop.home / "up.log", "up", *options)
    public = Public(shop.home, http_port, https_port, web_port, session, process)
    try:
        wait_until(lambda: public.answers() or process.poll() is not None, READY)
        assert process.poll() is None, (shop.home / "up.log").read_text()
        yield public
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


class Http2:
    """One HTTP/2 connection, frame by frame (RFC 9113), for clients that misbehave."""

    DATA, HEADERS, RST_STREAM, SETTINGS, WINDOW_UPDATE = 0, 1, 3, 4, 8
    END_STREAM, END_HEADERS = 1, 4

    def __init__(self, public: Public, window: int = 65_535) -> None:
        self.connection = public.connect("h2")
        assert self.connection.selected_alpn_protocol() == "h2"
        settings = b"\x00\x04" + window.to_bytes(4, "big")  # SETTINGS_INITIAL_WINDOW_SIZE
        self.connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(self.SETTINGS, 0, 0, settings))
        self.authority = f"{NAME}:{public.https_port}"

    @staticmethod
    def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
        return len(content).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content

    def request(self, stream: int, path: str, cookie: str = "", method: str = "GET", *extra: tuple[str, str]) -> bytes:
        """Returns the HEADERS frame of a request. Names and values are sent literally (RFC 7541, 6.2.2)."""
        fields = [(":method", method), (":scheme", "https"), (":path", path), (":authority", self.authority), *extra]
        if cookie:
            fields.append(("cookie", cookie))
        block = b"".join(b"\x00" + _literal(name) + _literal(value) for name, value in fields)
        flags = self.END_HEADERS | (self.END_STREAM if method == "GET" else 0)
        return self.frame(self.HEADERS, flags, stream, block)

    def reset(self, stream: int) -> bytes:
        """Returns the frame that cancels a request."""
        return self.frame(self.RST_STREAM, 0, stream, (8).to_bytes(4, "big"))

    def close(self) -> None:
        self.connection.close()


def _literal(text: str) -> bytes:
    content = text.encode("latin-1")
    assert len(content) < 127
    return bytes([len(content)]) + content
