"""A number on the test server: its phone, its linked devices, and the faults to inject."""

import collections
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.waserver.binxml import JID, LID, Node
from tests.waserver.curve import KeyPair

if TYPE_CHECKING:
    from tests.waserver.conn import Conn
    from tests.waserver.phone import SimPhone


@dataclass
class Faults:
    """Things that go wrong on purpose, per account (`account.faults`)."""

    ack_delay: float = 0.0  # seconds before a message ack
    ack_error: int = 0  # answer message sends with <ack error=N>
    swallow_acks: bool = False  # never ack a message (the client times out or retries on reconnect)
    login_failure: dict | None = None  # attributes of a <failure/> given at login, e.g. {"reason": 401}
    drop_receipts: bool = False  # receipts about this account's messages are lost
    duplicate: bool = False  # deliver each incoming message twice
    corrupt: int = 0  # break the ciphertext of the next N incoming messages (-> retry receipt)
    iq_delay: float = 0.0  # seconds before every iq reply
    drop_after_sends: int = 0  # drop the connection right after the N-th next message, before its ack


@dataclass
class Device:
    account: "Account"
    id: int
    noise_pub: bytes
    identity: bytes
    reg_id: int
    signed_id: int
    signed: bytes
    signed_sig: bytes
    platform: str = ""
    prekeys: "collections.OrderedDict[int, bytes]" = field(default_factory=collections.OrderedDict)
    pending: "collections.OrderedDict[tuple, Node]" = field(default_factory=collections.OrderedDict)
    conn: "Conn | None" = None
    greeted: bool = False  # the phone has shared its app state key with it

    def __getstate__(self) -> dict:
        return {**self.__dict__, "conn": None}

    def jid(self, server: str = LID) -> JID:
        return JID(self.account.lid if server == LID else self.account.phone, server, self.id)

    def bundle(self) -> dict:
        b = {
            "reg_id": self.reg_id,
            "identity": self.identity,
            "signed_id": self.signed_id,
            "signed": self.signed,
            "signed_sig": self.signed_sig,
        }
        if self.prekeys:
            b["prekey_id"], b["prekey"] = self.prekeys.popitem(last=False)
        return b

    def deliver(self, node: Node) -> None:
        """Queues until the device acknowledges; sends now if it is online and past its offline sync."""
        key = (
            node.tag,
            str(node.attrs.get("id")),
            str(node.attrs.get("from")),
            str(node.attrs.get("type")) if node.tag == "receipt" else "",
        )
        self.pending[key] = node
        if self.conn and self.conn.live:
            self.conn.send(node)

    def settle(self, tag: str, id_: str, peer: JID | None, type_: str | None) -> None:
        for key in [
            k
            for k in self.pending
            if k[0] == tag
            and k[1] == id_
            and (peer is None or k[2] == str(peer))
            and (tag != "receipt" or k[3] == str(type_))
        ]:
            del self.pending[key]


@dataclass
class Account:
    phone: str
    lid: str
    name: str
    identity: KeyPair
    business: str = ""
    devices: "dict[int, Device]" = field(default_factory=dict)
    next_device: int = 1
    sim: "SimPhone | None" = None
    faults: Faults = field(default_factory=Faults)
    available: bool = False
    subscribers: set = field(default_factory=set)
    blocked: set = field(default_factory=set)
    picture: bytes = b""  # the profile picture as uploaded

    def jid(self, server: str = LID) -> JID:
        return JID(self.lid if server == LID else self.phone, server)
