"""A real S3 server on this machine (moto), and a proxy in front of it that fails on command."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer

from wabolt.backups.places import S3Config


@dataclass
class Storage:
    """A running server with one bucket. `config` opens it."""

    endpoint: str
    config: S3Config

    def other(self, **changes: str) -> S3Config:
        values = {name: getattr(self.config, name) for name in S3Config.__slots__}
        return S3Config(**{**values, **changes})

    def open_uploads(self) -> int:
        """The number of uploads on the server that were neither completed nor aborted."""
        with urlopen(f"{self.endpoint}/{self.config.bucket}?uploads") as answer:
            return int(answer.read().count(b"<UploadId>"))


@contextlib.contextmanager
def running_storage(bucket: str = "cadangan") -> Iterator[Storage]:
    """Runs an S3 server until the end of the block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
        urlopen(Request(f"{endpoint}/{bucket}", method="PUT")).close()
        yield Storage(endpoint, S3Config(bucket, "kunci", "rahasia", endpoint, "us-east-1", "toko"))
    finally:
        server.stop()


@dataclass
class Faults:
    """The faults of a proxy. `cut_after`: bytes of bodies after which connections are closed without an answer.
    `slow`: seconds of waiting per request. `refuse`: (status, S3 error code) for requests that write. `change`:
    whether the last byte of each read backup is changed."""

    cut_after: int | None = None
    slow: float = 0.0
    refuse: tuple[int, str] | None = None
    change: bool = False
    seen: int = field(default=0, init=False)


@contextlib.contextmanager
def failing_proxy(storage: Storage, faults: Faults) -> Iterator[str]:
    """Runs a proxy in front of `storage`; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            faults.seen += len(body)
            time.sleep(faults.slow)
            if faults.cut_after is not None and faults.seen > faults.cut_after:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            if faults.refuse and self.command in {"PUT", "POST"}:
                status, code = faults.refuse
                self._answer(status, f"<Error><Code>{code}</Code></Error>".encode(), {})
                return
            upstream = http.client.HTTPConnection(storage.endpoint.removeprefix("http://"))
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
            if faults.change and self.command == "GET" and self.path.partition("?")[0].endswith(".wabolt"):
                content = content[:-1] + bytes([content[-1] ^ 1])
            self._answer(answer.status, content, dict(answer.headers))
            upstream.close()

        def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            length = headers.get("Content-Length", str(len(content)))
            for name, value in headers.items():
                if name.lower() not in {"content-length", "connection", "transfer-encoding", "server", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", length if self.command == "HEAD" else str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
