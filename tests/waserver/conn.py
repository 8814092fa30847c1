"""One chat socket of one linked device: handshake, pairing or login, and the stanzas it sends."""

import asyncio
import base64
import collections
import secrets
import time
from typing import TYPE_CHECKING

from tests.waserver import pb
from tests.waserver.accounts import Device
from tests.waserver.binxml import SERVER_JID, Node, decode, encode
from tests.waserver.iq import ANSWERS
from tests.waserver.noise import Handshake
from tests.waserver.wire import WebSocket

if TYPE_CHECKING:
    from tests.waserver.server import WAServer


def now() -> int:
    """Unix seconds, as stanzas carry them."""
    return int(time.time())


class Conn:
    """One chat socket."""

    def __init__(self, server: "WAServer", ws: WebSocket):
        self.srv, self.ws = server, ws
        self.device: Device | None = None
        self.noise = None
        self.reg: dict | None = None
        self.refs: list[str] = []
        self.paired: Device | None = None
        self.pair_id = ""
        self.link: dict | None = None
        self.live = False
        self.buf = b""

    # -- frames
    async def frame(self) -> bytes | None:
        while len(self.buf) < 3 or len(self.buf) < 3 + int.from_bytes(self.buf[:3], "big"):
            data = await self.ws.recv()
            if data is None:
                return None
            self.buf += data
        n = int.from_bytes(self.buf[:3], "big")
        out, self.buf = self.buf[3 : 3 + n], self.buf[3 + n :]
        return out

    def raw(self, data: bytes) -> None:
        self.ws.send(len(data).to_bytes(3, "big") + data)

    def send(self, node: Node) -> None:
        self.srv.trace("->", self, node)
        self.raw(self.noise.encrypt(encode(node)))

    def drop(self) -> None:
        self.live = False
        self.ws.abort()

    @property
    def who(self) -> str:
        return f"{self.device.account.phone}:{self.device.id}" if self.device else "unpaired"

    # -- life
    async def run(self) -> None:
        while len(self.buf) < 4:
            data = await self.ws.recv()
            if data is None:
                return
            self.buf += data
        head, self.buf = self.buf[:4], self.buf[4:]
        if head[:2] != b"WA":
            return
        hs = Handshake(head)
        hello = await self.frame()
        if hello is None:
            return
        self.raw(hs.hello(self.srv.ca, hello))
        fin = await self.frame()
        if fin is None:
            return
        static, payload, self.noise = hs.finish(fin)
        p = pb.dec(payload)
        try:
            if pb.first(p, 1) is None:
                self.start_pairing(static, pb.dec(pb.first(p, 19)))
            elif not self.login(str(pb.first(p, 1)), pb.first(p, 18, 0), static):
                await asyncio.sleep(0.2)
                self.drop()
                return
            while (frame := await self.frame()) is not None:
                node = decode(self.noise.decrypt(frame))
                self.srv.trace("<-", self, node)
                self.handle(node)
        finally:
            self.close()

    def close(self) -> None:
        self.live = False
        for ref in self.refs:
            self.srv.refs.pop(ref, None)
        if self.device and self.device.conn is self:
            self.device.conn = None
            self.srv.note("disconnected", phone=self.device.account.phone, device=self.device.id)
            if self.device.account.available:
                self.srv.set_presence(self.device.account, False)
        self.ws.abort()

    def start_pairing(self, static: bytes, reg: dict) -> None:
        self.reg = {
            "noise": static,
            "reg_id": int.from_bytes(pb.first(reg, 1), "big"),
            "identity": pb.first(reg, 3),
            "signed_id": int.from_bytes(pb.first(reg, 4), "big"),
            "signed": pb.first(reg, 5),
            "signed_sig": pb.first(reg, 6),
        }
        props = pb.dec(pb.first(reg, 8, b""))
        self.srv.note(
            "registration", os=pb.first(props, 1, b"").decode(), full_history=pb.first(props, 4), props=sorted(props)
        )
        self.refs = ["2@" + base64.b64encode(secrets.token_bytes(24)).decode() for _ in range(self.srv.qr_codes)]
        for ref in self.refs:
            self.srv.refs[ref] = self
        self.send(
            Node(
                "iq",
                {"from": SERVER_JID, "type": "set", "id": secrets.token_hex(4), "xmlns": "md"},
                [Node("pair-device", {}, [Node("ref", {}, r) for r in self.refs])],
            )
        )

    def login(self, phone: str, device_id: int, static: bytes) -> bool:
        acc = self.srv.accounts.get(phone)
        dev = acc.devices.get(device_id) if acc else None
        fail = acc.faults.login_failure if acc else None
        if dev is None or dev.noise_pub != static:
            fail = {"reason": 401}
        if fail:
            self.send(Node("failure", {**{k: str(v) for k, v in fail.items()}, "location": "tst"}))
            return False
        if dev.conn:  # a second socket for the same device replaces the first
            dev.conn.send(Node("stream:error", {}, [Node("conflict", {"type": "replaced"})]))
            dev.conn.drop()
        self.device, dev.conn = dev, self
        self.send(
            Node(
                "success", {"t": now(), "lid": dev.jid(), "props": "27", "location": "tst", "companion_enc_static": ""}
            )
        )
        self.srv.note("login", phone=phone, device=device_id)
        return True

    # -- stanzas
    def handle(self, n: Node) -> None:
        fn = getattr(self, "on_" + n.tag.replace(":", "_").replace("-", "_"), None)
        if fn is None:
            self.srv.note("unhandled", tag=n.tag)
            return
        fn(n)

    def on_ib(self, n: Node) -> None:
        pass

    def on_ack(self, n: Node) -> None:
        if self.device:
            self.device.settle(n.attrs.get("class", ""), n.attrs.get("id", ""), n.attrs.get("to"), n.attrs.get("type"))

    def on_presence(self, n: Node) -> None:
        acc, kind = self.device.account, n.attrs.get("type", "available")
        if n.attrs.get("name"):
            acc.name = n.attrs["name"]
        if kind in ("available", "unavailable"):
            self.srv.set_presence(acc, kind == "available")
        elif kind == "subscribe" and (target := self.srv.find(n.attrs["to"])):
            target.subscribers.add(acc.phone)
            self.srv.send_presence(target, acc)

    def on_chatstate(self, n: Node) -> None:
        target = self.srv.find(n.attrs["to"])
        if target:
            self.srv.chatstate(self.device.account, target, n.children[0].tag, n.children[0].attrs.get("media"))

    def on_call(self, n: Node) -> None:
        self.send(Node("ack", {"class": "call", "id": n.attrs.get("id"), "from": n.attrs.get("to")}))

    def on_receipt(self, n: Node) -> None:
        self.send(
            Node(
                "ack",
                {
                    "class": "receipt",
                    "id": n.attrs["id"],
                    "from": n.attrs.get("to"),
                    "type": n.attrs.get("type"),
                    "participant": n.attrs.get("participant"),
                },
            )
        )
        self.device.settle("message", n.attrs["id"], n.attrs.get("to"), None)
        self.srv.route_receipt(self.device.account, self.device.id, n)

    def on_message(self, n: Node) -> None:
        acc = self.device.account
        f = acc.faults
        if f.drop_after_sends:
            f.drop_after_sends -= 1
            if f.drop_after_sends == 0:
                self.drop()
                return
        ack = Node("ack", {"class": "message", "id": n.attrs["id"], "from": n.attrs.get("to"), "t": now()})
        if f.ack_error:
            ack.attrs["error"] = f.ack_error
            self.send(ack)
            return
        if (acc.phone, n.attrs["id"]) in self.srv.seen and n.child("participants"):
            self.srv.note("duplicate-send", id=n.attrs["id"])  # the client retried a frame after a reconnect
        else:
            self.srv.route_message(acc, self.device.id, n)
        if not f.swallow_acks:
            self.later(f.ack_delay, ack)

    def later(self, delay: float, node: Node) -> None:
        if delay:
            asyncio.get_running_loop().call_later(delay, lambda: self.ws.w.is_closing() or self.send(node))
        else:
            self.send(node)

    def on_iq(self, n: Node) -> None:
        kind = n.attrs.get("type")
        if kind in ("result", "error"):
            self.srv.on_iq_result(self, n)
            return
        child = n.children[0].tag if n.children else ""
        xmlns = n.attrs.get("xmlns", "")
        fn = ANSWERS.get((xmlns, kind, child)) or ANSWERS.get((xmlns, kind, "*"))
        attrs = {"from": n.attrs.get("to", SERVER_JID), "id": n.attrs["id"], "type": "result"}
        if fn is None:
            self.srv.note("unhandled-iq", xmlns=xmlns, type=kind, child=child)
            reply = Node(
                "iq", {**attrs, "type": "error"}, [Node("error", {"code": 501, "text": "feature-not-implemented"})]
            )
        else:
            content = fn(self.srv, self, n)
            if isinstance(content, tuple):
                reply = Node(
                    "iq", {**attrs, "type": "error"}, [Node("error", {"code": content[0], "text": content[1]})]
                )
            else:
                reply = Node("iq", attrs, content or None)
        self.later(self.device.account.faults.iq_delay if self.device else 0, reply)
        if xmlns == "passive" and child == "active":
            self.go_live()

    def go_live(self) -> None:
        """Deliver what waited, bracketed as the real server does."""
        waiting = list(self.device.pending.values())
        kinds = collections.Counter(w.tag for w in waiting)
        self.send(
            Node(
                "ib",
                {"from": SERVER_JID},
                [
                    Node(
                        "offline_preview",
                        {
                            "count": len(waiting),
                            "message": kinds["message"],
                            "receipt": kinds["receipt"],
                            "notification": kinds["notification"],
                            "appdata": 0,
                        },
                    )
                ],
            )
        )
        for i, w in enumerate(waiting):
            self.send(Node(w.tag, {**w.attrs, "offline": str(i)}, w.content))
        self.send(Node("ib", {"from": SERVER_JID}, [Node("offline", {"count": len(waiting)})]))
        self.live = True
        if not self.device.greeted and self.device.prekeys:
            self.device.greeted = True
            self.device.account.sim.on_companion(self.device)
        self.srv.note("online", phone=self.device.account.phone, device=self.device.id, offline=len(waiting))
