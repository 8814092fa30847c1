"""Converts events of the library to plain dicts in the child, before they are stored.

No interpretation takes place here: `parse` interprets the stored events.
"""

import base64
from datetime import datetime
from typing import Any

from wabolt.channels.providers.linked.history import chats_of
from wabolt.channels.providers.linked.stored_event import TECHNICAL, StoredEvent, key_of, moment_of

CODES = {
    2: "pair_status",
    3: "connected",
    6: "logged_out",
    7: "replaced",
    10: "outdated",
    12: "disconnected",
    13: "history",
    17: "message",
    44: "undecryptable",
}
"""neonize's event numbers and our event kinds; only these are subscribed to.

Receipts (18), refused logins (8, 9) and stream errors (11) are left out: neonize's reader ends when such an event has
an unknown value. They are read from the stanzas (`stanzas`).
"""


def decode(kind: str, raw: bytes, now: datetime) -> StoredEvent:
    """Decodes an event. An event that cannot be decoded is stored with its bytes and its error."""
    try:
        return _DECODERS.get(kind, _plain)(kind, raw, now)
    except Exception as error:  # noqa: BLE001 - a library's event can be broken in any way, and must be kept
        # A history sync is not stored as bytes: it holds the content of whole chats.
        kept = "" if kind == "history" else base64.b64encode(raw).decode()
        return StoredEvent("unreadable", {"of": kind, "bytes": kept, "error": repr(error)}, now)


def jid(value: Any) -> str:
    """Returns a JID without its device: "62811...@s.whatsapp.net", "1234@lid", or "" for an empty one."""
    return f"{value.User}@{value.Server}" if value.User else ""


def _plain(kind: str, raw: bytes, now: datetime) -> StoredEvent:
    from google.protobuf.json_format import MessageToDict
    from neonize.proto import Neonize_pb2 as proto

    types = {
        "pair_status": proto.PairStatus,
        "logged_out": proto.LoggedOut,
    }
    payload = MessageToDict(types[kind].FromString(raw)) if kind in types else {}
    return StoredEvent(kind, payload, now)


def _source(source: Any) -> dict[str, Any]:
    return {
        "chat": jid(source.Chat),
        "sender": jid(source.Sender),
        "sender_alt": jid(source.SenderAlt),
        "recipient_alt": jid(source.RecipientAlt),
        "from_me": source.IsFromMe,
        "device": source.Sender.Device,
        "group": source.IsGroup or source.Chat.Server not in {"lid", "s.whatsapp.net"},
    } | ({"chat": jid(source.Sender), "group": False} if _is_broadcast_list(source) else {})


def _is_broadcast_list(source: Any) -> bool:
    """Whether the message came through a broadcast list of a customer; such a message is handled like a direct one."""
    return source.Chat.Server == "broadcast" and source.Chat.User != "status" and not source.IsFromMe


def _message(kind: str, raw: bytes, now: datetime) -> StoredEvent:
    from google.protobuf.json_format import MessageToDict
    from neonize.proto import Neonize_pb2 as proto

    event = proto.Message.FromString(raw)
    info = event.Info
    payload = {"id": info.ID, "name": info.Pushname, "category": info.Category, "edit": info.Edit}
    payload |= _source(info.MessageSource)
    if not payload["group"]:
        # The content of group messages is not stored.
        for part in _thumbnails(event.Message):
            part.ClearField("JPEGThumbnail")
        payload["body"] = MessageToDict(event.Message)
    at = moment_of(info.Timestamp / 1000, now)
    fields = {field.name for field, _ in event.Message.ListFields()}
    if "senderKeyDistributionMessage" in fields and fields <= TECHNICAL:
        # The sender key of a message that follows under the same id.
        return StoredEvent("sender_key", {"id": info.ID}, at, key_of("k", info.ID, payload["sender"]))
    return StoredEvent(kind, payload, at, key_of("m", info.ID, payload["sender"], info.Edit))


def _thumbnails(message: Any) -> list[Any]:
    parts = [value for _, value in message.ListFields() if hasattr(value, "JPEGThumbnail")]
    return [part for part in parts if part.JPEGThumbnail]


def _undecryptable(kind: str, raw: bytes, now: datetime) -> StoredEvent:
    from neonize.proto import Neonize_pb2 as proto

    event = proto.UndecryptableMessage.FromString(raw)
    info = event.Info
    payload = {"id": info.ID, "name": info.Pushname, **_source(info.MessageSource)}
    if event.IsUnavailable:
        payload["unavailable"] = "elsewhere"  # such as view-once messages, which only the phone gets
    return StoredEvent(kind, payload, moment_of(info.Timestamp / 1000, now), key_of("u", info.ID, payload["sender"]))


def _history(kind: str, raw: bytes, now: datetime) -> StoredEvent:
    return StoredEvent(kind, chats_of(raw), now)


_DECODERS = {"message": _message, "undecryptable": _undecryptable, "history": _history}
