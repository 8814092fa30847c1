"""Linking a device: the phone scans the QR text or types the code."""

import asyncio
import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.waserver import pb
from tests.waserver.accounts import Account, Device
from tests.waserver.binxml import PN, SERVER_JID, Node
from tests.waserver.conn import Conn, now
from tests.waserver.curve import KeyPair, xeddsa_verify
from tests.waserver.noise import hkdf


class Pairing:
    """The part of the server that links devices."""

    # -- pairing
    def pair(self, qr: str, phone: str) -> Device:
        """Scan the QR text a client shows, as the phone with that number."""
        ref, noise, identity, adv = qr.rsplit("#", 1)[-1].split(",")[:4]
        conn = self.refs.get(ref)
        if conn is None or conn.paired:
            raise ValueError("no client is waiting with that QR code (expired?)")
        noise, identity, adv = (base64.b64decode(x) for x in (noise, identity, adv))
        if noise != conn.reg["noise"] or identity != conn.reg["identity"]:
            raise ValueError("the QR code does not match the waiting client")
        return self._link(conn, self.register(phone), adv)

    def pair_code(self, code: str, phone: str) -> None:
        """Type the 8-character code a client shows (its PairPhone call) into the phone with that number."""
        acc = self.register(phone)
        conn = next((c for c in self.conns if c.link and c.link["phone"] == acc.phone), None)
        if conn is None:
            raise ValueError("no client asked for a code for that number")

        def wrap(blob: bytes, data: bytes) -> bytes:  # blob: salt 32, iv 16; AES-CTR under the code
            key = hashlib.pbkdf2_hmac("sha256", code.replace("-", "").encode(), blob[:32], 2 << 16)
            return Cipher(algorithms.AES(key), modes.CTR(blob[32:48])).encryptor().update(data)

        eph, head = KeyPair(), secrets.token_bytes(48)
        conn.link |= {"account": acc, "shared": eph.dh(wrap(conn.link["wrapped"], conn.link["wrapped"][48:80]))}
        conn.send(
            Node(
                "notification",
                {"from": SERVER_JID, "type": "link_code_companion_reg", "id": str(secrets.randbits(31)), "t": now()},
                [
                    Node(
                        "link_code_companion_reg",
                        {"stage": "primary_hello"},
                        [
                            Node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, head + wrap(head, eph.pub)),
                            Node("primary_identity_pub", {}, acc.identity.pub),
                            Node("link_code_pairing_ref", {}, conn.link["ref"]),
                        ],
                    )
                ],
            )
        )

    def on_link_code(self, conn: Conn, reg: Node):
        if reg.attrs["stage"] == "companion_hello":
            conn.link = {
                "phone": reg.attrs["jid"].user,
                "ref": secrets.token_hex(8),
                "wrapped": reg.child("link_code_pairing_wrapped_companion_ephemeral_pub").data,
            }
            self.note("code-wanted", phone=conn.link["phone"])
            return [
                Node(
                    "link_code_companion_reg",
                    {"stage": "companion_hello"},
                    [Node("link_code_pairing_ref", {}, conn.link["ref"])],
                )
            ]
        acc, shared = conn.link["account"], conn.link["shared"]
        box = reg.child("link_code_pairing_wrapped_key_bundle").data
        try:
            plain = AESGCM(hkdf(shared, box[:32], b"link_code_pairing_key_bundle_encryption_key", 32)).decrypt(
                box[32:44], box[44:], None
            )
        except InvalidTag:
            self.note("pair-error", phone=acc.phone, node="wrong code")
            return (401, "not-authorized")
        adv = hkdf(shared + acc.identity.dh(conn.reg["identity"]) + plain[64:], None, b"adv_secret", 32)
        asyncio.get_running_loop().call_soon(self._link, conn, acc, adv)
        return None

    def _link(self, conn: Conn, acc: Account, adv: bytes) -> Device:
        reg = conn.reg
        dev = Device(
            acc,
            acc.next_device,
            reg["noise"],
            reg["identity"],
            reg["reg_id"],
            reg["signed_id"],
            reg["signed"],
            reg["signed_sig"],
        )
        acc.next_device += 1
        details = pb.enc((1, secrets.randbits(31)), (2, now()), (3, dev.id))
        signed = pb.enc(
            (1, details), (2, acc.identity.pub), (3, acc.identity.sign(b"\x06\x00" + details + dev.identity))
        )
        box = pb.enc((1, signed), (2, hmac.new(adv, signed, hashlib.sha256).digest()))
        conn.paired, conn.pair_id = dev, secrets.token_hex(4)
        content = [
            Node("device-identity", {}, box),
            Node("device", {"jid": dev.jid(PN), "lid": dev.jid()}),
            Node("platform", {"name": "smba" if acc.business else "android"}),
        ]
        if acc.business:
            content.insert(1, Node("biz", {"name": acc.business}))
        conn.send(
            Node(
                "iq",
                {"from": SERVER_JID, "type": "set", "id": conn.pair_id, "xmlns": "md", "t": now()},
                [Node("pair-success", {}, content)],
            )
        )
        return dev

    def on_iq_result(self, conn: Conn, n: Node) -> None:
        sign = n.child("pair-device-sign", "device-identity")
        if not conn.paired or n.attrs.get("id") != conn.pair_id:
            return
        dev, acc = conn.paired, conn.paired.account
        if sign is None:
            self.note("pair-error", phone=acc.phone, node=str(n))
            return
        got = pb.dec(sign.data)
        msg = b"\x06\x01" + pb.first(got, 1) + dev.identity + acc.identity.pub
        if not xeddsa_verify(dev.identity, msg, pb.first(got, 4)):
            self.note("pair-error", phone=acc.phone, node="bad device signature")
            return
        acc.devices[dev.id] = dev
        self.note("paired", phone=acc.phone, device=dev.id)
        self.device_list_changed(acc)
        conn.send(Node("stream:error", {"code": "515"}))
        asyncio.get_running_loop().call_later(3, conn.drop)
        if self.persist:
            self.save()
