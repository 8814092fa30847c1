"""WhatsApp's binary XML: Node <-> bytes. Call load() with the token tables first (see tokens.py)."""

import zlib
from dataclasses import dataclass, field

SINGLE: list[str] = []
DOUBLE: list[list[str]] = []
_SINGLE_IX: dict[str, int] = {}
_DOUBLE_IX: dict[str, tuple[int, int]] = {}


def load(tables: dict) -> None:
    SINGLE[:], DOUBLE[:] = tables["single"], tables["double"]
    _SINGLE_IX.update((t, i) for i, t in enumerate(SINGLE) if t)
    _DOUBLE_IX.update((t, (d, i)) for d, toks in enumerate(DOUBLE) for i, t in enumerate(toks))


LIST_EMPTY, DICT0, INTEROP_JID, FB_JID, AD_JID = 0, 236, 245, 246, 247
LIST8, LIST16, JID_PAIR, HEX8, BIN8, BIN20, BIN32, NIBBLE8 = 248, 249, 250, 251, 252, 253, 254, 255

PN, LID, GROUP = "s.whatsapp.net", "lid", "g.us"
_AGENTS = {PN: 0, LID: 1, "hosted": 128, "hosted.lid": 129}
_AGENT_SERVERS = {v: k for k, v in _AGENTS.items()}


@dataclass(frozen=True)
class JID:
    user: str
    server: str = PN
    device: int = 0

    def bare(self) -> "JID":
        return JID(self.user, self.server)

    def __str__(self) -> str:
        if not self.user:
            return self.server
        return f"{self.user}:{self.device}@{self.server}" if self.device else f"{self.user}@{self.server}"

    @staticmethod
    def parse(s: "str | JID") -> "JID":
        if isinstance(s, JID):
            return s
        if "@" not in s:
            return JID("", s)
        user, server = s.split("@", 1)
        user, _, dev = user.partition(":")
        return JID(user.split(".")[0], server, int(dev or 0))


SERVER_JID = JID("", PN)


@dataclass
class Node:
    tag: str
    attrs: dict = field(default_factory=dict)
    content: "list[Node] | bytes | str | None" = None

    @property
    def children(self) -> "list[Node]":
        return self.content if isinstance(self.content, list) else []

    def child(self, *path: str) -> "Node | None":
        node = self
        for tag in path:
            node = next((c for c in node.children if c.tag == tag), None)
            if node is None:
                return None
        return node

    def all(self, tag: str) -> "list[Node]":
        return [c for c in self.children if c.tag == tag]

    @property
    def data(self) -> bytes:
        c = self.content
        return c.encode() if isinstance(c, str) else c if isinstance(c, bytes) else b""

    def __str__(self) -> str:
        a = "".join(f' {k}="{v}"' for k, v in self.attrs.items())
        if self.content is None or self.content == []:
            return f"<{self.tag}{a}/>"
        if isinstance(self.content, list):
            return f"<{self.tag}{a}>{''.join(map(str, self.content))}</{self.tag}>"
        d = self.data
        body = d.decode() if len(d) < 80 and d.isascii() and d.decode().isprintable() else f"<!-- {len(d)} bytes -->"
        return f"<{self.tag}{a}>{body}</{self.tag}>"


# ---- encode -------------------------------------------------------------------------------


def _w_raw(out: bytearray, raw: bytes) -> None:
    n = len(raw)
    if n < 256:
        out += bytes((BIN8, n))
    elif n < 1 << 20:
        out.append(BIN20)
        out += n.to_bytes(3, "big")
    else:
        out.append(BIN32)
        out += n.to_bytes(4, "big")
    out += raw


def _w_str(out: bytearray, s: str) -> None:
    ix = _SINGLE_IX.get(s)
    if ix is not None:
        out.append(ix)
    elif s in _DOUBLE_IX:
        d, i = _DOUBLE_IX[s]
        out += bytes((DICT0 + d, i))
    else:  # the packed nibble/hex forms are optional for the sender
        _w_raw(out, s.encode())


def _w_list(out: bytearray, n: int) -> None:
    if n == 0:
        out.append(LIST_EMPTY)
    elif n < 256:
        out += bytes((LIST8, n))
    else:
        out.append(LIST16)
        out += n.to_bytes(2, "big")


def _w_jid(out: bytearray, j: JID) -> None:
    if (j.server in (PN, LID) and j.device) or j.server in ("hosted", "hosted.lid"):
        out += bytes((AD_JID, _AGENTS[j.server], j.device))
        _w_str(out, j.user)
        return
    out.append(JID_PAIR)
    if j.user:
        _w_str(out, j.user)
    else:
        out.append(LIST_EMPTY)
    _w_str(out, j.server)


def _w_val(out: bytearray, v) -> None:
    if isinstance(v, JID):
        _w_jid(out, v)
    elif isinstance(v, (bytes, bytearray)):
        _w_raw(out, bytes(v))
    elif isinstance(v, bool):
        _w_str(out, "true" if v else "false")
    else:
        _w_str(out, str(v))


def _w_node(out: bytearray, n: Node) -> None:
    attrs = [(k, v) for k, v in n.attrs.items() if v is not None and v != ""]
    _w_list(out, 2 * len(attrs) + 1 + (n.content is not None))
    _w_str(out, n.tag)
    for k, v in attrs:
        _w_str(out, k)
        _w_val(out, v)
    if n.content is not None:
        if isinstance(n.content, list):
            _w_list(out, len(n.content))
            for c in n.content:
                _w_node(out, c)
        else:  # text content goes as bytes: the client reads content as []byte
            _w_raw(out, n.data)


def encode(node: Node) -> bytes:
    out = bytearray(b"\0")
    _w_node(out, node)
    return bytes(out)


# ---- decode -------------------------------------------------------------------------------


class _Reader:
    def __init__(self, buf: bytes):
        self.b, self.i = buf, 0

    def byte(self) -> int:
        v = self.b[self.i]
        self.i += 1
        return v

    def num(self, n: int) -> int:
        return int.from_bytes(self.raw(n), "big")

    def raw(self, n: int) -> bytes:
        v = self.b[self.i : self.i + n]
        if len(v) != n:
            raise ValueError("unexpected end of node")
        self.i += n
        return v

    def packed(self, tag: int) -> str:
        start = self.byte()
        table = "0123456789-.\0\0\0\0" if tag == NIBBLE8 else "0123456789ABCDEF"
        s = "".join(table[b >> 4] + table[b & 15] for b in self.raw(start & 127))
        return s[:-1] if start & 128 else s

    def size(self, tag: int) -> int:
        if tag == LIST_EMPTY:
            return 0
        if tag == LIST8:
            return self.byte()
        if tag == LIST16:
            return self.num(2)
        raise ValueError(f"bad list tag {tag}")

    def value(self, text: bool):  # noqa: C901 - one branch a marker byte, as the format has them
        tag = self.byte()
        if tag == LIST_EMPTY:
            return None
        if tag in (LIST8, LIST16):
            return [self.node() for _ in range(self.size(tag))]
        if tag in (BIN8, BIN20, BIN32):
            n = self.byte() if tag == BIN8 else self.num(3) & 0xFFFFF if tag == BIN20 else self.num(4)
            raw = self.raw(n)
            return raw.decode() if text else raw
        if DICT0 <= tag <= DICT0 + 3:
            return DOUBLE[tag - DICT0][self.byte()]
        if tag == JID_PAIR:
            user, server = self.value(True), self.value(True)
            return JID(user or "", server)
        if tag == AD_JID:
            agent, dev = self.byte(), self.byte()
            return JID(self.value(True), _AGENT_SERVERS.get(agent, PN), dev)
        if tag == FB_JID:
            user, dev = self.value(True), self.num(2)
            return JID(user, self.value(True), dev)
        if tag == INTEROP_JID:
            user, dev, _integrator = self.value(True), self.num(2), self.num(2)
            return JID(user, self.value(True), dev)
        if tag in (NIBBLE8, HEX8):
            return self.packed(tag)
        if 1 <= tag < len(SINGLE):
            return SINGLE[tag]
        raise ValueError(f"bad token {tag} at {self.i}")

    def node(self) -> Node:
        n = self.size(self.byte())
        tag = self.value(True)
        attrs = {}
        for _ in range((n - 1) >> 1):
            key = self.value(True)
            attrs[key] = self.value(True)
        return Node(tag, attrs, None if n % 2 else self.value(False))


def decode(frame: bytes) -> Node:
    body = frame[1:]
    if frame[0] & 2:
        body = zlib.decompress(body)
    return _Reader(body).node()
