"""History sync: the chats a phone had before a device was linked, in the pieces in which it hands them over."""

import zlib
from typing import TYPE_CHECKING

from tests.waserver import pb
from tests.waserver.binxml import PN

if TYPE_CHECKING:
    from tests.waserver.server import WAServer

BOOTSTRAP, FULL, RECENT, PUSH_NAMES = 0, 2, 3, 4


def blob(srv: "WAServer", chats: list[dict], kind: int = BOOTSTRAP, chunk: int = 1, names: dict | None = None) -> bytes:
    """One piece. A chat is {"phone", "messages": [{"id", "text", "from_me", "t"}], "name"?, "t"?, "by"?: "phone"}, told
    under its LID unless by "phone"; or {"jid": any address, ...} for what is no person. `names`: {phone: push name}."""
    parts, known = [], set()
    for chat in chats:
        jid = chat.get("jid")
        if jid is None:
            account = srv.register(chat["phone"])
            known.add(account.phone)
            jid = str(account.jid(PN) if chat.get("by") == "phone" else account.jid())
        messages = chat.get("messages", [])
        last = chat.get("t") or max((m["t"] for m in messages), default=None)
        told = [(2, pb.enc((1, _message(jid, m)))) for m in messages]
        parts.append((2, pb.enc((1, jid), (5, last), (13, chat.get("name")), *told)))
    maps = [(15, pb.enc((1, str(srv.accounts[p].jid(PN))), (2, str(srv.accounts[p].jid())))) for p in sorted(known)]
    pushed = [(7, pb.enc((1, str(srv.register(p).jid(PN))), (2, name))) for p, name in (names or {}).items()]
    return zlib.compress(pb.enc((1, kind), *parts, (5, chunk), (6, 100), *pushed, *maps))


def _message(jid: str, m: dict) -> bytes:
    key = pb.enc((1, jid), (2, m.get("from_me", False)), (3, m["id"]))
    if "text" not in m:  # a line of the app's own, such as "messages are encrypted"
        return pb.enc((1, key), (3, m["t"]), (24, 1))
    return pb.enc((1, key), (2, pb.enc((1, m["text"]))), (3, m["t"]))


def send_history(srv: "WAServer", phone: str, chats: list[dict], kind: int, chunk: int, names: dict) -> int:
    """Hands a piece to every linked device of the number; how many there are."""
    account = srv.accounts[phone]
    data = blob(srv, chats, kind, chunk, names)
    told = pb.enc((2, 5), (6, pb.enc((6, kind), (7, chunk), (9, 100), (11, data))))
    for device in account.devices.values():
        account.sim.send_peer(device, told)
    return len(account.devices)
