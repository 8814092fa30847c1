"""A simulated phone: device 0 of an account. It does real Signal encryption, so a client cannot tell
it from a person: it receives, answers with receipts, sends text and media, shares app state."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from typing import TYPE_CHECKING

from tests.waserver import pb
from tests.waserver.binxml import JID, LID, PN, Node
from tests.waserver.noise import hkdf
from tests.waserver.ratchet import DecryptError, SignalEndpoint, aes_decrypt, aes_encrypt

if TYPE_CHECKING:
    from tests.waserver.server import Account, Device, WAServer

#        field of Message: kind, HKDF info, then fields: mediaKey, directPath, caption, mimetype, enc sha, sha, length
MEDIA = {
    3: ("image", b"WhatsApp Image Keys", 8, 11, 3, 2, 9, 4, 5),
    9: ("video", b"WhatsApp Video Keys", 6, 13, 7, 2, 11, 3, 4),
    7: ("document", b"WhatsApp Document Keys", 7, 10, 20, 2, 9, 4, 5),
    8: ("audio", b"WhatsApp Audio Keys", 7, 9, 99, 2, 8, 3, 4),
}
KINDS = {4: "contact", 5: "location", 12: "protocol", 26: "sticker", 46: "reaction", 49: "poll", 64: "poll"}


def _hmac(key: bytes, *data: bytes, alg=hashlib.sha256) -> bytes:
    return hmac.new(key, b"".join(data), alg).digest()


class AppState:
    """One collection of the account's synchronised settings, as a list of patches."""

    def __init__(self, name: str, key_id: bytes, key: bytes):
        self.name, self.key_id = name, key_id
        k = hkdf(key, None, b"WhatsApp Mutation Keys", 160)
        self.k_index, self.k_value, self.k_mac, self.k_snap, self.k_patch = (k[i : i + 32] for i in range(0, 160, 32))
        self.version, self.hash, self.macs, self.patches = 0, bytes(128), {}, []

    def _mix(self, mac: bytes, sign: int) -> None:
        d = hkdf(mac, None, b"WhatsApp Patch Integrity", 128)
        self.hash = b"".join(
            (
                (int.from_bytes(self.hash[i : i + 2], "little") + sign * int.from_bytes(d[i : i + 2], "little"))
                & 0xFFFF
            ).to_bytes(2, "little")
            for i in range(0, 128, 2)
        )

    def _apply(self, op: int, index_mac: bytes, value_mac: bytes) -> None:
        if op == 0:
            self._mix(value_mac, 1)
        if index_mac in self.macs:
            self._mix(self.macs.pop(index_mac), -1)
        if op == 0:
            self.macs[index_mac] = value_mac

    def set(self, index: list[str], value: bytes, version: int) -> None:
        """Adds a patch made by the phone; value is an encoded SyncActionValue without its timestamp."""
        ix = json.dumps(index, separators=(",", ":")).encode()
        value = pb.enc((1, int(time.time() * 1000))) + value
        iv = os.urandom(16)
        ct = iv + aes_encrypt(self.k_value, iv, pb.enc((1, ix), (2, value), (3, b""), (4, version)))
        mac = _hmac(
            self.k_mac, b"\x01", self.key_id, ct, (len(self.key_id) + 1).to_bytes(8, "big"), alg=hashlib.sha512
        )[:32]
        ix_mac = _hmac(self.k_index, ix)
        self._apply(0, ix_mac, mac)
        self.version += 1
        ver = self.version.to_bytes(8, "big")
        snap = _hmac(self.k_snap, self.hash, ver, self.name.encode())
        patch_mac = _hmac(self.k_patch, snap, mac, ver, self.name.encode())
        record = pb.enc((1, pb.enc((1, ix_mac))), (2, pb.enc((1, ct + mac))), (3, pb.enc((1, self.key_id))))
        self.patches.append(
            pb.enc(
                (1, pb.enc((1, self.version))),
                (2, pb.enc((1, 0), (2, record))),
                (4, snap),
                (5, patch_mac),
                (6, pb.enc((1, self.key_id))),
            )
        )

    def accept(self, patch: bytes) -> list[tuple[list, bytes]]:
        """Take a patch a companion sent; return the decoded (index, value) pairs."""
        out = []
        for raw in pb.dec(patch).get(2, []):
            m = pb.dec(raw)
            rec = pb.dec(pb.first(m, 2))
            blob = pb.first(pb.dec(pb.first(rec, 2)), 1)
            self._apply(pb.first(m, 1, 0), pb.first(pb.dec(pb.first(rec, 1)), 1), blob[-32:])
            data = pb.dec(aes_decrypt(self.k_value, blob[:16], blob[16:-32]))
            out.append((json.loads(pb.first(data, 1)), pb.first(data, 2)))
        self.version += 1
        self.patches.append(pb.enc((1, pb.enc((1, self.version)))) + patch)
        return out


class SimPhone:
    id = 0

    def __init__(self, server: "WAServer", account: "Account"):
        self.server, self.account = server, account
        self.signal = SignalEndpoint(account.identity)
        self.about = "Available"
        self.inbox: list[dict] = []  # every message this phone sees, own companions' included
        self.receipts: list[dict] = []  # receipts about messages of this account
        self.online = True
        self.auto_read = False
        self._queue: list[Node] = []
        self._sent: dict[str, tuple[JID, bytes, str]] = {}
        self._key_id, self._key = b"\0\0" + secrets.token_bytes(4), secrets.token_bytes(32)
        self.collections: dict[str, AppState] = {}
        self._set("critical_block", ["setting_pushName"], pb.enc((7, pb.enc((1, account.name)))), 1)

    def __getstate__(self) -> dict:
        return {**self.__dict__, "server": None}

    # -- the interface a Device has too
    def bundle(self) -> dict:
        s = self.signal
        pid, pub = s.new_prekey()
        return {
            "reg_id": s.reg_id,
            "identity": s.identity.pub,
            "signed_id": s.signed_id,
            "signed": s.signed.pub,
            "signed_sig": s.signed_sig,
            "prekey_id": pid,
            "prekey": pub,
        }

    def deliver(self, node: Node) -> None:
        if self.online:
            self._receive(node)
        else:
            self._queue.append(node)

    def set_online(self, online: bool) -> None:
        self.online = online
        if online:
            queue, self._queue = self._queue, []
            for n in queue:
                self._receive(n)

    # -- receiving
    def _receive(self, n: Node) -> None:
        if n.tag == "message":
            self._message(n)
        elif n.tag == "receipt":
            if n.attrs.get("type") == "retry":
                self._retry(n)
            else:
                ids = [n.attrs["id"]] + [i.attrs["id"] for lst in n.all("list") for i in lst.all("item")]
                peer = self.server.find(n.attrs["from"])
                self.receipts.append(
                    {
                        "ids": ids,
                        "from": peer.phone if peer else "",
                        "type": n.attrs.get("type") or "delivered",
                        "t": time.time(),
                    }
                )

    def _lid(self, jid: JID) -> JID:
        acc = self.server.find(jid)
        return JID(acc.lid, LID, jid.device) if acc else jid

    def _message(self, n: Node) -> None:
        enc = n.child("enc")
        frm: JID = n.attrs["from"]
        try:
            plain = self.signal.decrypt(self._lid(frm), enc.attrs["type"], enc.data)
        except (DecryptError, ValueError) as e:
            self.server.note("phone-undecryptable", phone=self.account.phone, id=n.attrs["id"], error=str(e))
            from tests.waserver.iq import bundle_nodes

            keys = bundle_nodes(self.bundle())
            self._receipt(
                n.attrs["id"],
                frm,
                "retry",
                [
                    Node(
                        "retry",
                        {"count": int(enc.attrs.get("count", 0)) + 1, "id": n.attrs["id"], "t": n.attrs["t"], "v": 1},
                    ),
                    keys[0],
                    Node("keys", {}, keys[1:]),
                ],
            )
            return
        msg = pb.dec(plain)
        sender = self.server.find(frm)
        is_own = sender is self.account
        chat = self.server.find(n.attrs.get("recipient")) if is_own else sender
        if 31 in msg:
            msg = pb.dec(pb.first(pb.dec(pb.first(msg, 31)), 2))
        item = {
            "id": n.attrs["id"],
            "chat": chat.phone if chat else "",
            "sender": sender.phone,
            "from_me": is_own,
            "device": frm.device,
            "t": time.time(),
            **self.describe(msg),
            "raw": base64.b64encode(plain).decode(),
        }
        self.inbox.append(item)
        self.server.note("phone-message", phone=self.account.phone, id=item["id"], chat=item["chat"], text=item["text"])
        if is_own:
            self._receipt(item["id"], frm, "sender", recipient=chat.jid() if chat else None)
            return
        self._receipt(item["id"], frm, None)
        if self.auto_read:
            self._receipt(item["id"], frm.bare(), "read")

    @staticmethod
    def describe(msg: dict) -> dict:
        if 1 in msg:
            return {"kind": "text", "text": msg[1][0].decode()}
        if 6 in msg:
            ext = pb.dec(msg[6][0])
            return {"kind": "text", "text": pb.first(ext, 1, b"").decode()}
        for f, (kind, _info, key, path, cap, mime, *_rest) in MEDIA.items():
            if f in msg:
                m = pb.dec(msg[f][0])
                return {
                    "kind": kind,
                    "name": pb.first(m, 8, b"").decode() if kind == "document" else "",
                    "size": [pb.first(m, 7, 0), pb.first(m, 6, 0)] if kind == "image" else [],
                    "thumbnail": len(pb.first(m, 16, b"")) if kind == "image" else 0,
                    "text": pb.first(m, cap, b"").decode(),
                    "mime": pb.first(m, mime, b"").decode(),
                    "media_key": base64.b64encode(pb.first(m, key, b"")).decode(),
                    "path": pb.first(m, path, b"").decode(),
                }
        if 46 in msg:
            r = pb.dec(msg[46][0])
            return {
                "kind": "reaction",
                "text": pb.first(r, 2, b"").decode(),
                "target": pb.first(pb.dec(pb.first(r, 1)), 3).decode(),
            }
        if 12 in msg:
            p = pb.dec(msg[12][0])
            what = {0: "revoke", 14: "edit"}.get(pb.first(p, 2, 0), "protocol")
            out = {"kind": what, "text": ""}
            if 1 in p:
                out["target"] = pb.first(pb.dec(p[1][0]), 3, b"").decode()
            if 14 in p:
                out["text"] = SimPhone.describe(pb.dec(p[14][0]))["text"]
            return out
        if 58 in msg:  # edits arrive wrapped
            return SimPhone.describe(pb.dec(pb.first(pb.dec(msg[58][0]), 1)))
        return {"kind": next((KINDS[f] for f in msg if f in KINDS), "other"), "text": ""}

    def download(self, item: dict) -> bytes:
        """The decrypted bytes of a media message in the inbox."""
        info = next(v[1] for v in MEDIA.values() if v[0] == item["kind"])
        blob = self.server.media[item["path"].split("?")[0]]
        k = hkdf(base64.b64decode(item["media_key"]), None, info, 112)
        if _hmac(k[48:80], k[:16], blob[:-10])[:10] != blob[-10:]:
            raise ValueError("bad media MAC")
        return aes_decrypt(k[16:48], k[:16], blob[:-10])

    def _receipt(
        self, id_: str, to: JID, kind: str | None, content=None, more: list[str] = (), recipient: JID | None = None
    ) -> None:
        if more:
            content = [Node("list", {}, [Node("item", {"id": i}) for i in more])]
        attrs = {"id": id_, "to": to, **({"type": kind} if kind else {})}
        if recipient is not None:
            attrs["recipient"] = recipient
        self.server.route_receipt(self.account, 0, Node("receipt", attrs, content))

    def mark_read(self, chat: str, ids: list[str] | None = None, kind: str = "read") -> list[str]:
        """Open the chat: read receipts for the given (or all) incoming messages of it."""
        ids = ids or [m["id"] for m in self.inbox if m["chat"] == chat and not m["from_me"]]
        if ids:
            self._receipt(ids[0], self.server.accounts[chat].jid(), kind, more=ids[1:])
        return ids

    # -- sending
    def send_text(self, to: str, text: str, quote: str | None = None) -> str:
        if quote:
            q = next((m for m in self.inbox if m["id"] == quote), None)
            who = str(self.server.accounts[q["sender"]].jid()) if q else str(self.account.jid())
            ctx = pb.enc((1, quote), (2, who), (3, pb.enc((1, q["text"] if q else ""))))
            return self.send_message(to, pb.enc((6, pb.enc((1, text), (17, ctx)))))
        return self.send_message(to, pb.enc((1, text)))

    def send_media(
        self, to: str, data: bytes, kind: str = "image", mime: str = "image/jpeg", caption: str = "", extra: bytes = b""
    ) -> str:
        num, (_, info, f_key, f_path, f_cap, f_mime, f_enc, f_sha, f_len) = next(
            (n, v) for n, v in MEDIA.items() if v[0] == kind
        )
        key = os.urandom(32)
        k = hkdf(key, None, info, 112)
        ct = aes_encrypt(k[16:48], k[:16], data)
        blob = ct + _hmac(k[48:80], k[:16], ct)[:10]
        path = self.server.put_media(blob)
        body = (
            pb.enc(
                (1, "https://mmg.whatsapp.net" + path),
                (f_mime, mime),
                (f_cap, caption or None),
                (f_sha, hashlib.sha256(data).digest()),
                (f_len, len(data)),
                (f_key, key),
                (f_enc, hashlib.sha256(blob).digest()),
                (f_path, path),
            )
            + extra
        )
        return self.send_message(to, pb.enc((num, body)), "media", {"mediatype": kind})

    def send_image(self, to: str, data: bytes, caption: str = "") -> str:
        return self.send_media(to, data, "image", "image/jpeg", caption)

    def react(self, to: str, target: str, emoji: str, from_me: bool = False) -> str:
        key = pb.enc((1, str(self.server.accounts[to].jid())), (2, from_me), (3, target))
        return self.send_message(
            to, pb.enc((46, pb.enc((1, key), (2, emoji), (4, int(time.time() * 1000))))), "reaction"
        )

    def edit(self, to: str, target: str, text: str) -> str:
        """Changes a message of one's own, as a phone sends it: wrapped."""
        key = pb.enc((1, str(self.server.accounts[to].jid())), (2, True), (3, target))
        change = pb.enc((12, pb.enc((1, key), (2, 14), (14, pb.enc((1, text))), (15, int(time.time() * 1000)))))
        return self.send_message(to, pb.enc((58, pb.enc((1, change)))))

    def revoke(self, to: str, target: str) -> str:
        """Takes a message of one's own back for everyone."""
        key = pb.enc((1, str(self.server.accounts[to].jid())), (2, True), (3, target))
        return self.send_message(to, pb.enc((12, pb.enc((1, key), (2, 0)))))

    def send_message(self, to: str, message: bytes, type_: str = "text", enc_attrs: dict | None = None) -> str:
        """Encrypt an encoded Message for every device of the other side and for the own linked devices."""
        peer = self.server.register(to)
        mid = "3EB0" + secrets.token_hex(9).upper()
        to_jid = peer.jid()
        self._sent[mid] = (to_jid, message, type_)
        own = pb.enc((31, pb.enc((1, str(to_jid)), (2, message))))
        parts = []
        for acc, body in ((peer, message), (self.account, own)):
            for dev in [acc.sim, *acc.devices.values()]:
                if dev is not self:
                    jid = JID(acc.lid, LID, dev.id)
                    parts.append(Node("to", {"jid": jid}, [self._encrypt(jid, dev, body, enc_attrs)]))
        self.server.route_message(
            self.account,
            0,
            Node("message", {"id": mid, "to": to_jid, "type": type_}, [Node("participants", {}, parts)]),
        )
        self.inbox.append(
            {
                "id": mid,
                "chat": peer.phone,
                "sender": self.account.phone,
                "from_me": True,
                "device": 0,
                "t": time.time(),
                **self.describe(pb.dec(message)),
                "raw": base64.b64encode(message).decode(),
            }
        )
        return mid

    def _encrypt(self, jid: JID, dev, body: bytes, attrs: dict | None = None) -> Node:
        if not self.signal.has_session(jid):
            self.signal.start(jid, dev.bundle())
        kind, ct = self.signal.encrypt(jid, body)
        return Node("enc", {"v": "2", "type": kind, **(attrs or {})}, ct)

    def _retry(self, n: Node) -> None:
        """A device could not decrypt: start a new session and send again to that device only."""
        r = n.child("retry")
        frm: JID = n.attrs["from"]
        hit, sent = self.server.targets(frm), self._sent.get(r.attrs["id"])
        if not hit or not sent:
            return
        jid = self._lid(frm)
        self.signal.start(jid, hit[1].bundle())
        body = sent[1] if hit[0] is not self.account else pb.enc((31, pb.enc((1, str(sent[0])), (2, sent[1]))))
        enc = self._encrypt(jid, hit[1], body)
        enc.attrs["count"] = r.attrs.get("count", "1")
        self.server.note("phone-resend", phone=self.account.phone, id=r.attrs["id"])
        self.server.route_message(
            self.account,
            0,
            Node(
                "message",
                {
                    "id": r.attrs["id"],
                    "to": frm,
                    "type": sent[2],
                    "recipient": sent[0] if hit[0] is self.account else None,
                },
                [enc],
            ),
        )

    # -- own linked devices
    def send_peer(self, dev: "Device", protocol: bytes) -> None:
        jid = JID(self.account.lid, LID, dev.id)
        enc = self._encrypt(jid, dev, pb.enc((12, protocol)))
        self.server.route_message(
            self.account,
            0,
            Node(
                "message",
                {"id": "3EB0" + secrets.token_hex(9).upper(), "to": jid, "type": "text", "category": "peer"},
                [enc],
            ),
        )

    def on_companion(self, dev: "Device") -> None:
        """First login of a linked device: share the app state key, as a phone does."""
        key = pb.enc(
            (1, pb.enc((1, self._key_id))),
            (2, pb.enc((1, self._key), (2, pb.enc((1, 1), (2, 0))), (3, int(time.time())))),
        )
        self.send_peer(dev, pb.enc((2, 6), (7, pb.enc((1, key)))))

    # -- app state
    def _collection(self, name: str) -> AppState:
        if name not in self.collections:
            self.collections[name] = AppState(name, self._key_id, self._key)
        return self.collections[name]

    def _set(self, name: str, index: list[str], value: bytes, version: int) -> None:
        c = self._collection(name)
        c.set(index, value, version)
        self._notify(name)

    def _notify(self, name: str, but: "Device | None" = None) -> None:
        for dev in self.account.devices.values():
            if dev is not but:
                dev.deliver(
                    Node(
                        "notification",
                        {
                            "from": self.account.jid(PN),
                            "type": "server_sync",
                            "id": str(secrets.randbits(31)),
                            "t": int(time.time()),
                        },
                        [Node("collection", {"name": name, "version": self._collection(name).version})],
                    )
                )

    def save_contact(self, phone: str, full_name: str, first_name: str = "") -> None:
        """The person saves a contact in the phone's address book."""
        acc = self.server.register(phone)
        self._set(
            "critical_unblock_low",
            ["contact", str(acc.jid(PN))],
            pb.enc((3, pb.enc((1, full_name), (2, first_name or full_name.split()[0]), (3, str(acc.jid()))))),
            2,
        )

    def app_state(self, coll: Node) -> Node:
        """Answer a client's sync of one collection (fetch, or a patch of its own)."""
        name = coll.attrs["name"]
        c = self._collection(name)
        patch = coll.child("patch")
        if patch is not None:
            if int(coll.attrs.get("version", 0)) != c.version:
                return Node(
                    "collection",
                    {"name": name, "type": "error", "version": c.version},
                    [
                        Node("error", {"code": "409", "text": "conflict"}),
                        *self._patches(c, int(coll.attrs.get("version", 0))),
                    ],
                )
            for index, value in c.accept(patch.data):
                self.server.note("app-state", phone=self.account.phone, collection=name, index=index)
                if index == ["setting_pushName"]:
                    self.account.name = pb.first(pb.dec(pb.first(pb.dec(value), 7)), 1, b"").decode()
            self._notify(name)
            return Node("collection", {"name": name, "version": c.version})
        return Node(
            "collection", {"name": name, "version": c.version}, self._patches(c, int(coll.attrs.get("version", 0)))
        )

    @staticmethod
    def _patches(c: AppState, since: int) -> list[Node]:
        return [Node("patches", {}, [Node("patch", {}, p) for p in c.patches[since:]])] if c.patches[since:] else []
