"""What the library's events become in `RawEvent`: plain dicts, in the child, before they are written.

Only shape and base64, no judgement: what an event means is decided by `parse`, years later if need be.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from wabolt.channels.providers.linked.history import chats_of

CODES = {
    2: "pair_status",
    3: "connected",
    6: "logged_out",
    7: "replaced",
    8: "banned",
    9: "connect_failure",
    10: "outdated",
    11: "stream_error",
    12: "disconnected",
    13: "history",
    17: "message",
    18: "receipt",
    44: "undecryptable",
}
"""neonize's number of an event to our word for it: the events that are subscribed to."""
QUIET = {"pair_status", "stream_error"}
"""Written down for whoever searches for a fault; nothing follows from them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as it is stored. `ids` are WhatsApp's ids of messages whose secrets may hold a ref of ours."""

    kind: str
    payload: dict[str, Any]
    at: datetime
    dedupe_key: str | None = None
    ids: list[str] = field(default_factory=list)


def decode(kind: str, raw: bytes, now: datetime) -> Heard:
    """The event of this kind; one that cannot be read keeps its bytes and its error, and is never lost."""
    try:
        return _DECODERS.get(kind, _plain)(kind, raw, now)
    except Exception as error:  # noqa: BLE001 - a library's event can be broken in any way, and must be kept
        # Not of a history sync: nobody may keep whole chats because one of them is odd.
        kept = "" if kind == "history" else base64.b64encode(raw).decode()
        return Heard("unreadable", {"of": kind, "bytes": kept, "error": repr(error)}, now)


def jid(value: Any) -> str:
    """A JID without its device: "62811...@s.whatsapp.net", "1234@lid", or "" when it is empty."""
    return f"{value.User}@{value.Server}" if value.User else ""


def _plain(kind: str, raw: bytes, now: datetime) -> Heard:
    from google.protobuf.json_format import MessageToDict
    from neonize.proto import Neonize_pb2 as proto

    types = {
        "pair_status": proto.PairStatus,
        "logged_out": proto.LoggedOut,
        "banned": proto.TemporaryBan,
        "connect_failure": proto.ConnectFailure,
        "stream_error": proto.StreamError,
    }
    payload = MessageToDict(types[kind].FromString(raw)) if kind in types else {}
    return Heard(kind, payload, now)


def _source(source: Any) -> dict[str, Any]:
    return {
        "chat": jid(source.Chat),
        "sender": jid(source.Sender),
        "sender_alt": jid(source.SenderAlt),
        "recipient_alt": jid(source.RecipientAlt),
        "from_me": source.IsFromMe,
        "device": source.Sender.Device,
        "group": source.IsGroup or source.Chat.Server not in {"lid", "s.whatsapp.net"},
    }


def _message(kind: str, raw: bytes, now: datetime) -> Heard:
    from google.protobuf.json_format import MessageToDict
    from neonize.proto import Neonize_pb2 as proto

    event = proto.Message.FromString(raw)
    info = event.Info
    payload = {"id": info.ID, "name": info.Pushname, "category": info.Category, "edit": info.Edit}
    payload |= _source(info.MessageSource)
    if not payload["group"]:
        # What is said in groups is none of our business: that something was said is all that is kept.
        for part in _thumbnails(event.Message):
            part.ClearField("JPEGThumbnail")
        payload["body"] = MessageToDict(event.Message)
    at = _moment(info.Timestamp / 1000, now)
    return Heard(kind, payload, at, _key("m", info.ID, payload["sender"], info.Edit))


def _thumbnails(message: Any) -> list[Any]:
    parts = [value for _, value in message.ListFields() if hasattr(value, "JPEGThumbnail")]
    return [part for part in parts if part.JPEGThumbnail]


def _receipt(kind: str, raw: bytes, now: datetime) -> Heard:
    from neonize.proto import Neonize_pb2 as proto

    event = proto.Receipt.FromString(raw)
    ids = list(event.MessageIDs)
    told = proto.Receipt.ReceiptType.Name(event.Type).lower() if event.HasField("Type") else "unknown"
    payload = {"ids": ids, "told": told, **_source(event.MessageSource)}
    at = _moment(event.Timestamp, now)
    return Heard(kind, payload, at, _key("r", told, payload["sender"], *sorted(ids)), ids)


def _undecryptable(kind: str, raw: bytes, now: datetime) -> Heard:
    from neonize.proto import Neonize_pb2 as proto

    info = proto.UndecryptableMessage.FromString(raw).Info
    payload = {"id": info.ID, **_source(info.MessageSource)}
    return Heard(kind, payload, _moment(info.Timestamp / 1000, now), _key("u", info.ID, payload["sender"]))


def _history(kind: str, raw: bytes, now: datetime) -> Heard:
    return Heard(kind, chats_of(raw), now)


def _moment(seconds: float, now: datetime) -> datetime:
    """A time as told; ours where it is impossible."""
    try:
        told = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return told if told.year >= 2009 else now  # WhatsApp is not older


def _key(*parts: str) -> str:
    digest = blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
    return f"{parts[0]}:{parts[1]}"[:100] + f":{digest}"


_DECODERS = {"message": _message, "receipt": _receipt, "undecryptable": _undecryptable, "history": _history}
