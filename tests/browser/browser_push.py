"""The push service of Chromium's vendor in small, so that a real browser subscribes and receives without the internet.

The browser checks in, registers each subscription, and keeps a connection open over which messages come (MCS: one byte
for the kind, the length as varint, a protobuf message). A website sends a message with `POST /fcm/send/<token>`
(RFC 8030), signed (RFC 8292). The content is encrypted for the browser: this service cannot read it.

Facts of the protocol: google_apis/gcm/protocol/*.proto and google_apis/gcm/engine in Chromium's source.
"""

import base64
import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from py_vapid import Vapid02

from tests.browser.networks import PUSH_NAME, PUSH_PORT
from tests.waserver import pb

MESSAGES_PORT = 5228
VERSION = 41
PING, ACK, LOGIN, LOGGED_IN, DATA = 0, 1, 2, 3, 8
CHROMIUM_ARGS = [
    f"--gcm-checkin-url=https://{PUSH_NAME}/checkin",
    f"--gcm-registration-url=https://{PUSH_NAME}/register",
    f"--gcm-mcs-endpoint=https://{PUSH_NAME}:{MESSAGES_PORT}",
]


@dataclass(frozen=True)
class Pushed:
    """A message that a website sent, as the service sees it. `claims`: of its signature."""

    token: str
    headers: Mapping[str, str]
    claims: dict[str, Any]
    body: bytes


@dataclass
class BrowserPush:
    """`registrations`: the form of each registration by its token. `pushed`: the messages of websites. `problems`: what
    was wrong with requests."""

    registrations: dict[str, dict[str, str]] = field(default_factory=dict)
    pushed: list[Pushed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _line: ssl.SSLSocket | None = None

    def register(self, form: dict[str, str]) -> str:
        token = f"token-{len(self.registrations) + 1}"
        self.registrations[token] = form
        return token

    def take(self, token: str, headers: Mapping[str, str], body: bytes) -> int:
        """Checks a message, passes it to the browser, and returns the status."""
        form = self.registrations.get(token)
        if form is None:
            return 410
        parts = dict(part.strip().split("=", 1) for part in headers["Authorization"].removeprefix("vapid ").split(","))
        assert Vapid02.verify(headers["Authorization"])
        assert parts["k"].rstrip("=") == form["sender"].rstrip("="), "signed with the key of the subscription"
        payload = parts["t"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.pushed.append(Pushed(token, dict(headers), claims, body))
        if self._line is None:
            return 503
        told = {"subtype": form["X-subtype"], "content-encoding": headers["Content-Encoding"]}
        data = [(7, pb.enc((1, key), (2, value))) for key, value in told.items()]
        name = f"0:{len(self.pushed)}"
        _write(
            self._line, DATA, pb.enc((3, form["sender"]), (5, form["app"]), *data, (9, name), (17, 3600), (21, body))
        )
        return 201

    def talk(self, line: ssl.SSLSocket) -> None:
        """The service's side of the connection of a browser, until it is closed."""
        assert _read(line, 1)[0] == VERSION
        line.sendall(bytes([VERSION]))
        while True:
            kind = _read(line, 1)[0]
            _read(line, _read_varint(line))
            if kind == LOGIN:
                _write(line, LOGGED_IN, pb.enc((1, "1")))
                self._line = line
            elif kind == PING:
                _write(line, ACK, b"")


def _read(line: ssl.SSLSocket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = line.recv(size - len(found))
        if not piece:
            raise ConnectionError
        found += piece
    return found


def _read_varint(line: ssl.SSLSocket) -> int:
    value = shift = 0
    while True:
        byte = _read(line, 1)[0]
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value


def _write(line: ssl.SSLSocket, kind: int, message: bytes) -> None:
    size, length = len(message), bytearray()
    while size > 0x7F:
        length.append((size & 0x7F) | 0x80)
        size >>= 7
    length.append(size)
    line.sendall(bytes([kind]) + bytes(length) + message)


def _checked_in() -> bytes:
    """The answer to a check-in: the statistics are fine, no changed settings, a device and its secret (fixed64)."""
    numbers = b"".join(struct.pack("<BQ", place << 3 | 1, 4711 + place) for place in (7, 8))
    return pb.enc((1, True), (9, True)) + numbers


class _Handler(BaseHTTPRequestHandler):
    service: BrowserPush

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        page, _slash, token = self.path.lstrip("/").rpartition("/")
        if self.path == "/checkin":
            self._answer(200, _checked_in())
        elif self.path == "/register":
            form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
            self._answer(200, f"token={self.service.register(form)}".encode())
        elif page in {"fcm/send", "wp"}:
            try:
                self._answer(self.service.take(token, self.headers, body), b"")
            except Exception as error:  # noqa: BLE001 -- the test asserts that there is none
                self.service.problems.append(repr(error))
                self._answer(400, b"")
        else:
            self._answer(404, b"")

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        pass


@dataclass(frozen=True)
class Registering:
    """A service at which browsers of this machine subscribe, and their command line `arguments` for it."""

    service: BrowserPush
    arguments: list[str]


@contextmanager
def registering_browsers() -> Iterator[Registering]:
    """Runs the part of the service that takes subscriptions and their ends. No message reaches the browser."""
    service = BrowserPush()
    web = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{web.server_port}"
    arguments = [
        f"--gcm-checkin-url={url}/checkin", f"--gcm-registration-url={url}/register", "--gcm-mcs-endpoint=https://127.0.0.1:1",
    ]  # fmt: skip
    try:
        yield Registering(service, arguments)
    finally:
        web.shutdown()
        web.server_close()
        thread.join(10)


@contextmanager
def running_browser_push(authority: Path, address: str) -> Iterator[BrowserPush]:
    """Runs the service behind the web server of the test's internet, which terminates TLS for HTTP. The connection of
    browsers has a certificate of `authority`, the folder of Caddy's own certificate authority."""
    service = BrowserPush()
    handler = type("Handler", (_Handler,), {"service": service})
    web = ThreadingHTTPServer(("127.0.0.1", PUSH_PORT), handler)
    lines = socket.create_server((address, MESSAGES_PORT))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(authority))
    ends = [
        threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True),
        threading.Thread(target=_accept, args=(service, lines, context), daemon=True),
    ]
    for thread in ends:
        thread.start()
    try:
        yield service
    finally:
        web.shutdown()
        web.server_close()
        with suppress(OSError):
            lines.shutdown(socket.SHUT_RDWR)
        lines.close()
        for thread in ends:
            thread.join(10)


def _accept(service: BrowserPush, lines: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):  # closed
        while True:
            raw, _address = lines.accept()
            threading.Thread(target=_serve, args=(service, raw, context), daemon=True).start()


def _serve(service: BrowserPush, raw: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError), context.wrap_socket(raw, server_side=True) as line:
        service.talk(line)


def _certificate(authority: Path) -> Path:
    """Writes a certificate for PUSH_NAME with its key and chain. Returns the file."""
    issuer = x509.load_pem_x509_certificate((authority / "intermediate.crt").read_bytes())
    issuer_key = load_pem_private_key((authority / "intermediate.key").read_bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PUSH_NAME)]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(PUSH_NAME)]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    file = authority / "push.pem"
    parts = [
        made.public_bytes(Encoding.PEM),
        issuer.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ]
    file.write_bytes(b"".join(parts))
    return file
