"""A push service and a browser over real HTTP: it checks the signature of each request and decrypts its body.

Follows RFC 8030 (the service), RFC 8291 (the encryption) and RFC 8292 (the signature, VAPID).
"""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from wabolt.alerts.services import Subscription


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Arrived:
    """A notification as the browser decrypts it, and the headers of its request. `path`: the browser's."""

    path: str
    message: dict[str, Any]
    headers: Mapping[str, str]
    claims: dict[str, Any]
    public_key: str


@dataclass
class PushService:
    """`answers`: the status for each path, 201 by default. `headers`: further headers of answers. `answering`: while it
    is cleared, notifications are taken and not answered."""

    url: str
    arrived: list[Arrived] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    answering: threading.Event = field(default_factory=threading.Event)
    _keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = field(default_factory=dict)

    def new_browser(self, path: str = "/push/browser-1") -> Subscription:
        """Keys of a browser and its address, as `PushSubscription.toJSON()` tells them."""
        pair, secret = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
        self._keys[path] = (pair, secret)
        point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscription(f"{self.url}{path}", base64url(point), base64url(secret), "Chrome, Android")

    def has_taken(self, count: int) -> bool:
        """Whether at least `count` notifications have arrived."""
        return len(self.arrived) >= count

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of a request. Raises for a body or a signature that a browser or a service would refuse."""
        self.requests += 1
        status = self.answers.get(path, 201)
        if status >= 300:
            return status
        scheme, _space, rest = headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid"
        assert Vapid02.verify(headers["Authorization"])
        assert headers["Content-Encoding"] == "aes128gcm"
        assert int(headers["TTL"]) > 0
        pair, secret = self._keys[path]
        plain = http_ece.decrypt(body, private_key=pair, auth_secret=secret, version="aes128gcm")
        claims = json.loads(_bytes(parts["t"].split(".")[1]))
        self.arrived.append(Arrived(path, json.loads(plain), dict(headers), claims, parts["k"]))
        return status


@contextmanager
def running() -> Iterator[PushService]:
    """A push service on a free port of 127.0.0.1."""
    service = PushService("")
    service.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status = service.take(self.path, self.headers, body)
            except Exception:  # noqa: BLE001 - an assertion or a failed decryption
                status = 400
            service.answering.wait(30)
            self.send_response(status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
