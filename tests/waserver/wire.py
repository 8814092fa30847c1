"""Transport: one loopback TCP port that is an HTTP CONNECT proxy, ends TLS itself, and then speaks
websocket (the chat socket) or plain HTTPS (media). It never opens an outgoing connection."""

import asyncio
import base64
import datetime
import hashlib
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.waserver.curve import KeyPair

HOSTS = ["web.whatsapp.com", "mmg.whatsapp.net", "*.whatsapp.net", "*.whatsapp.com"]


def _name(cn: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])


def _pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def ensure_keys(state: Path) -> KeyPair:
    """Make (once) the Noise root key and the TLS test CA in the state folder; return the Noise root."""
    state.mkdir(parents=True, exist_ok=True)
    root = state / "noise_root.key"
    if not root.exists():
        root.touch(0o600)
        root.write_bytes(KeyPair().priv)
    if not (state / "ca.pem").exists():
        t0 = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        t1 = t0 + datetime.timedelta(days=3650)
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

        def build(cn, pub, issuer):
            return (
                x509.CertificateBuilder()
                .subject_name(_name(cn))
                .issuer_name(_name(issuer))
                .public_key(pub)
                .serial_number(x509.random_serial_number())
                .not_valid_before(t0)
                .not_valid_after(t1)
            )

        signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        ca = (
            build("waserver test CA", ca_key.public_key(), "waserver test CA")
            .add_extension(x509.BasicConstraints(True, 0), True)
            .add_extension(signs, True)  # this and the two identifiers are asked for from Python 3.13 on
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), False)
            .sign(ca_key, hashes.SHA256())
        )
        alt = [x509.DNSName(h) for h in HOSTS] + [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        leaf = (
            build("web.whatsapp.com", key.public_key(), "waserver test CA")
            .add_extension(x509.SubjectAlternativeName(alt), False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False)
            .sign(ca_key, hashes.SHA256())
        )
        (state / "server.key").touch(0o600)
        (state / "server.key").write_bytes(_pem(key))
        (state / "server.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        (state / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return KeyPair(root.read_bytes())


def tls_context(state: Path) -> ssl.SSLContext:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(state / "server.pem", state / "server.key")
    return ctx


async def upgrade_tls(writer: asyncio.StreamWriter, ctx: ssl.SSLContext):
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    proto = asyncio.StreamReaderProtocol(reader)
    tls = await loop.start_tls(writer.transport, proto, ctx, server_side=True)
    proto.connection_made(tls)
    return reader, asyncio.StreamWriter(tls, proto, reader, loop)


class Request:
    def __init__(self, method: str, target: str, headers: dict[str, str]):
        self.method, self.target, self.headers = method, target, headers
        self.body = b""


async def read_request(reader: asyncio.StreamReader, body: bool = True) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {k.strip().lower(): v.strip() for k, _, v in (ln.partition(":") for ln in lines[1:] if ln)}
    req = Request(method, target, headers)
    if body:
        if "chunked" in headers.get("transfer-encoding", ""):
            while size := int(await reader.readline(), 16):
                req.body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        elif n := int(headers.get("content-length", 0)):
            req.body = await reader.readexactly(n)
    return req


def respond(writer: asyncio.StreamWriter, status: str, body: bytes = b"", ctype: str = "application/json") -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {ctype}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


class WebSocket:
    """Server side of one websocket: whole binary messages in, binary frames out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.r, self.w = reader, writer

    @classmethod
    def accept(cls, req: Request, reader, writer) -> "WebSocket":
        key = req.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        token = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        writer.write(
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {token}\r\n\r\n"
            ).encode()
        )
        return cls(reader, writer)

    async def recv(self) -> bytes | None:
        """The payload of the next data frame (fragments need no joining: the payload is a byte stream)."""
        while True:
            try:
                b0, b1 = await self.r.readexactly(2)
                n = b1 & 127
                if n == 126:
                    n = int.from_bytes(await self.r.readexactly(2), "big")
                elif n == 127:
                    n = int.from_bytes(await self.r.readexactly(8), "big")
                mask = await self.r.readexactly(4) if b1 & 128 else b""
                data = await self.r.readexactly(n)
            except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                return None
            if mask and n:
                pad = (mask * (n // 4 + 1))[:n]
                data = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(n, "big")
            op = b0 & 15
            if op in (0, 2):
                return data
            if op == 8:
                self.send(data, 8)
                return None
            if op == 9:
                self.send(data, 10)

    def send(self, data: bytes, op: int = 2) -> None:
        n = len(data)
        head = (
            bytes((128 | op, n))
            if n < 126
            else bytes((128 | op, 126)) + n.to_bytes(2, "big")
            if n < 65536
            else bytes((128 | op, 127)) + n.to_bytes(8, "big")
        )
        if not self.w.is_closing():
            self.w.write(head + data)

    def abort(self) -> None:
        self.w.transport.abort()
