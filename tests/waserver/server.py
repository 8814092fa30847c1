"""A small local WhatsApp server for tests of linked-device clients. See README.md."""

import asyncio
import collections
import hashlib
import json
import logging
import pickle
import secrets
import time
import urllib.parse
from pathlib import Path
from typing import Self

from tests.waserver import binxml
from tests.waserver.accounts import Account, Device
from tests.waserver.binxml import JID, LID, Node
from tests.waserver.conn import Conn, now
from tests.waserver.control import control
from tests.waserver.curve import KeyPair
from tests.waserver.noise import CertAuthority
from tests.waserver.pairing import Pairing
from tests.waserver.phone import SimPhone
from tests.waserver.routing import Routing
from tests.waserver.tokens import ensure_tokens
from tests.waserver.wire import Request, WebSocket, ensure_keys, read_request, respond, tls_context, upgrade_tls

log = logging.getLogger("waserver")


class WAServer(Pairing, Routing):
    def __init__(self, state: str | Path, port: int = 0, host: str = "127.0.0.1", persist: bool = False):
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("the test server listens on loopback only")
        self.state, self.host, self.port, self.persist = Path(state), host, port, persist
        self.ca = CertAuthority(ensure_keys(self.state))
        self.tls = tls_context(self.state)
        binxml.load(ensure_tokens(self.state))
        self.accounts: dict[str, Account] = {}
        self.by_lid: dict[str, Account] = {}
        self.refs: dict[str, Conn] = {}
        self.seen: collections.OrderedDict[tuple, int] = collections.OrderedDict()
        self.media: dict[str, bytes] = {}
        self.conns: set[Conn] = set()
        self.tasks: set[asyncio.Task] = set()
        self.events: collections.deque = collections.deque(maxlen=20000)
        self.stanzas: collections.deque = collections.deque(maxlen=5000)
        self.waiters: dict[str, asyncio.Future] = {}
        self.refuse = False
        self.qr_codes = 6  # the client shows the first of six for 60 s, every other one for 20 s
        self.verbose = False
        self.sent = 0
        if persist and (self.state / "accounts.pickle").exists():
            self._load()

    # -- start and stop
    async def start(self) -> "WAServer":
        self._server = await asyncio.start_server(self._client, self.host, self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        for c in list(self.conns):
            c.drop()
        for t in self.tasks - {asyncio.current_task()}:
            t.cancel()
        await asyncio.gather(*self.tasks - {asyncio.current_task()}, return_exceptions=True)
        if self.persist:
            self.save()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exc) -> None:
        await self.stop()

    def env(self) -> dict[str, str]:
        """Returns the environment of a client process (besides a patched neonize first on PYTHONPATH)."""
        return {
            "SSL_CERT_FILE": str(self.state.resolve() / "ca.pem"),
            "WA_TEST_PROXY": f"http://{self.host}:{self.port}",
        }

    def save(self) -> None:
        """Write all accounts, linked devices and media to the state folder (done by itself with persist=True)."""
        tmp = self.state / "accounts.tmp"
        tmp.write_bytes(pickle.dumps((list(self.accounts.values()), self.media)))
        tmp.rename(self.state / "accounts.pickle")

    def _load(self) -> None:
        accounts, self.media = pickle.loads((self.state / "accounts.pickle").read_bytes())
        for acc in accounts:
            acc.sim.server = self
            self.accounts[acc.phone] = self.by_lid[acc.lid] = acc

    async def _client(self, reader, writer) -> None:
        task = asyncio.current_task()  # after start_tls nothing else holds this task strongly
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            req = await read_request(reader)
            if req is None:
                return
            if req.method != "CONNECT":
                await control(self, req, writer)
                return
            host = req.target.rsplit(":", 1)[0]
            if self.refuse:
                respond(writer, "502 Bad Gateway")
                return
            if not host.endswith((".whatsapp.com", ".whatsapp.net")):
                self.note("refused-host", host=host)
                respond(writer, "403 Forbidden")
                return
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            plain = writer  # held to the end: from Python 3.13 on a writer that is dropped closes its connection
            reader, writer = await upgrade_tls(plain, self.tls)
            while req := await read_request(reader):
                if req.headers.get("upgrade", "").lower() == "websocket":
                    conn = Conn(self, WebSocket.accept(req, reader, writer))
                    self.conns.add(conn)
                    try:
                        await conn.run()
                    finally:
                        self.conns.discard(conn)
                    return
                self._media(req, writer)
        except (ConnectionError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Exception:
            log.exception("connection failed")
            self.note("server-error")
        finally:
            writer.close()

    # -- observation
    def note(self, kind: str, **info) -> None:
        self.events.append({"t": time.time(), "kind": kind, **info})
        if self.verbose:
            log.info("%s %s", kind, info)

    def trace(self, way: str, conn: Conn, node: Node) -> None:
        self.stanzas.append((time.time(), way, conn.who, node))
        if self.verbose:
            log.info("%s %s %s", conn.who, way, node)

    async def wait_for(self, kind: str, seconds: float = 15, **match) -> dict:
        """The first (also past) event of that kind whose fields match."""
        end = time.monotonic() + seconds
        while True:
            for e in list(self.events):
                if e["kind"] == kind and all(e.get(k) == v for k, v in match.items()):
                    return e
            if time.monotonic() > end:
                raise TimeoutError(f"no {kind} {match}")
            await asyncio.sleep(0.02)

    # -- accounts
    def register(self, phone: str, name: str = "", business: str = "") -> Account:
        """Put a number on the network (with a simulated phone as its device 0)."""
        phone = phone.lstrip("+")
        if phone not in self.accounts:
            lid = str(100_000_000_000_000 + int.from_bytes(hashlib.sha256(phone.encode()).digest()[:5], "big"))
            acc = Account(phone, lid, name or f"User {phone[-4:]}", KeyPair(), business)
            acc.sim = SimPhone(self, acc)
            self.accounts[phone] = self.by_lid[lid] = acc
        return self.accounts[phone]

    def phone(self, phone: str) -> SimPhone:
        return self.accounts[phone.lstrip("+")].sim

    def find(self, jid: JID | None) -> Account | None:
        if jid is None:
            return None
        return self.by_lid.get(jid.user) if jid.server == LID else self.accounts.get(jid.user)

    def unlink(self, acc: Account, device_id: int, tell: bool = True) -> None:
        dev = acc.devices.pop(device_id)
        self.note("unlinked", phone=acc.phone, device=device_id)
        if tell and dev.conn:
            dev.conn.send(Node("stream:error", {"code": "401"}, [Node("conflict", {"type": "device_removed"})]))
            asyncio.get_running_loop().call_later(0.3, dev.conn.drop)
        self.device_list_changed(acc)

    def device_list_changed(self, acc: Account) -> None:
        """Make every other device forget its cached device list of this account."""
        for other in self.accounts.values():
            for d in other.devices.values():
                if other is acc:
                    body = [
                        Node(
                            "devices",
                            {"dhash": "2:changed"},
                            [Node("device", {"jid": JID(acc.lid, LID, i)}) for i in (0, *acc.devices)],
                        )
                    ]
                    kind = "account_sync"
                else:
                    body, kind = [Node("update", {"device_hash": "2:changed"})], "devices"
                d.deliver(
                    Node(
                        "notification",
                        {"from": acc.jid(), "type": kind, "id": str(secrets.randbits(31)), "t": now()},
                        body,
                    )
                )

    # -- media
    def _media(self, req: Request, writer) -> None:
        url = urllib.parse.urlparse(req.target)
        if req.method == "POST":
            path = self.put_media(req.body)
            respond(
                writer, "200 OK", json.dumps({"url": "https://mmg.whatsapp.net" + path, "direct_path": path}).encode()
            )
        elif req.method == "GET" and url.path in self.media:
            respond(writer, "200 OK", self.media[url.path], "application/octet-stream")
        elif req.method == "DELETE":
            respond(writer, "200 OK", b"{}")
        else:
            respond(writer, "404 Not Found")
        self.note("media", method=req.method, path=url.path, size=len(req.body))

    def put_media(self, body: bytes) -> str:
        path = "/v/t62.0000-00/" + secrets.token_hex(12)
        self.media[path] = body
        return path + "?ccb=1-0"

    # -- faults by hand
    def devices(self, phone: str) -> list[Device]:
        return list(self.accounts[phone.lstrip("+")].devices.values())

    def drop(self, phone: str) -> int:
        """Cut the TCP connection of every linked device of the number."""
        hit = [d.conn for d in self.devices(phone) if d.conn]
        for c in hit:
            c.drop()
        return len(hit)

    def stream_error(self, phone: str, code: str = "503", conflict: str | None = None) -> None:
        for d in self.devices(phone):
            if d.conn:
                d.conn.send(
                    Node("stream:error", {"code": code}, [Node("conflict", {"type": conflict})] if conflict else None)
                )
                asyncio.get_running_loop().call_later(0.2, d.conn.drop)

    def logout(self, phone: str, online: bool = True) -> None:
        """Unlink every device: now (stream error) or at its next login (<failure reason=401>)."""
        acc = self.accounts[phone.lstrip("+")]
        for i in list(acc.devices):
            self.unlink(acc, i, tell=online)

    def send_raw(self, phone: str, node: Node) -> None:
        for d in self.devices(phone):
            if d.conn:
                d.conn.send(node)
