"""Extracts chats that existed before the link from a history sync: contact, number of messages, last message.

Message content is never stored. Groups, channels, broadcasts, status and the number itself are left out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from wabolt.lib.text import storable

PEOPLE = {"lid", "s.whatsapp.net"}
NOBODY = {"0", "13135550002", "16505361212"}
"""WhatsApp's own accounts: announcements, assistant, business account."""
OLDEST = 2009
"""Year of WhatsApp's start. Earlier timestamps are invalid."""


def chats_of(raw: bytes) -> dict[str, Any]:
    """Returns a part of a history sync as plain data: `piece` (its type and order), `chats`, `names` by address."""
    from neonize.proto import Neonize_pb2 as proto

    data = proto.HistorySync.FromString(raw).Data
    phones = {_user(pair.lidJID): _user(pair.pnJID) for pair in data.phoneNumberToLidMappings}
    names = {entry.ID: _tidy(entry.pushname) for entry in data.pushnames}
    piece = f"{data.syncType}:{data.chunkOrder}"
    chats: dict[str, dict[str, Any]] = {}
    for chat in data.conversations:
        who = _who(chat.ID, chat.pnJID, chat.lidJID, phones)
        if who is None:
            continue
        phone, lid = who
        sent = [(m.message.messageTimestamp, m.message.key.fromMe) for m in chat.messages if _says(m.message)]
        last = chat.lastMsgTimestamp or chat.conversationTimestamp or max((at for at, _ in sent), default=0)
        chat_data: dict[str, Any] = {
            "address": address(phone, lid),
            "phone": phone,
            "lid": lid,
            "name": _tidy(chat.name or chat.displayName) or names.get(chat.ID, ""),
            "messages": len(sent),
            "last": _moment(last),
            "wrote": _moment(max((at for at, from_me in sent if not from_me), default=0)),
        }
        earlier = chats.get(chat_data["address"])
        chats[chat_data["address"]] = chat_data if earlier is None else _joined(earlier, chat_data)
    return {"piece": piece, "chats": list(chats.values()), "names": _by_address(names, phones)}


def address(phone: str, lid: str) -> str:
    """Returns the key of a waiting chat: the LID if there is one, because it never changes."""
    return f"lid:{lid}" if lid else f"phone:{phone}"


def _who(chat: str, pn: str, hidden: str, phones: Mapping[str, str]) -> tuple[str, str] | None:
    """Returns (number in E.164, LID) of a chat, either possibly ""; None for a chat that is not a person's."""
    user, server = _user(chat), chat.partition("@")[2]
    if server not in PEOPLE or not user.isdecimal() or user in NOBODY:
        return None
    if server == "lid":
        digits, lid = phones.get(user, "") or _user(pn), user
    else:
        by_phone = {digits: lid for lid, digits in phones.items()}
        digits, lid = user, by_phone.get(user, "") or _user(hidden)
    digits = digits if digits.isdecimal() and digits not in NOBODY else ""
    return f"+{digits}" if digits else "", lid if lid.isdecimal() else ""


def _by_address(names: Mapping[str, str], phones: Mapping[str, str]) -> dict[str, str]:
    known = {}
    for jid, name in names.items():
        who = _who(jid, "", "", phones)
        if who is not None and name:
            known[address(*who)] = name
    return known


def _says(message: Any) -> bool:
    """Whether a person sent the message. System messages of the app have no content."""
    return bool(message.HasField("message"))


def _user(jid: str) -> str:
    return jid.partition("@")[0].partition(":")[0]


def _tidy(name: str) -> str:
    return storable(name).strip()[:200]


def _moment(seconds: int) -> str | None:
    """Returns a timestamp in ISO format; None for a missing or invalid one."""
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return at.isoformat() if OLDEST <= at.year < 2100 else None


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Combines the chats of one person under the phone number and under the LID."""
    late = {key: max(filter(None, [one[key], other[key]]), default=None) for key in ("last", "wrote")}
    both = {key: one[key] or other[key] for key in ("address", "phone", "lid", "name")}
    return {**both, **late, "messages": one["messages"] + other["messages"]}
