"""What the stored events of a linked number mean. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from wabolt.channels.providers.base import (
    ConnectionChanged,
    IncomingMessage,
    MessageTouched,
    OwnMessage,
    ProviderEvent,
    ReceiptArrived,
    ReceiptKind,
    UnknownEventError,
)
from wabolt.channels.providers.linked.files import media_of
from wabolt.channels.providers.linked.refusals import code_of, meaning_of

PERSON = {"lid": "lid", "s.whatsapp.net": "phone"}
RECEIPTS: dict[str, ReceiptKind] = {
    "delivered": "delivered",
    "inactive": "delivered",
    "read": "read",
    "played": "read",
}
STATES: dict[str, tuple[str, str]] = {
    "connected": ("connected", ""),
    "disconnected": ("offline", "network"),
    "ended": ("offline", "restarting"),
    "replaced": ("offline", "replaced"),
    "outdated": ("offline", "outdated"),
    "logged_out": ("logged_out", ""),
}
"""What an event says of the number: its state, and a word for why."""
SILENT = {"pair_status", "stream_error", "undecryptable", "history", "unreadable"}
"""Kept, and without consequences: the message after an undecryptable one comes by itself."""
MEDIA = {
    "imageMessage": "📷",
    "videoMessage": "🎬",
    "audioMessage": "🎤",
    "documentMessage": "📄",
    "stickerMessage": "🏷️",
    "locationMessage": "📍",
    "contactMessage": "👤",
}
"""What stands before the caption of something that is not text."""


def parse(kind: str, told: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    """The provider events of one raw event. Raises UnknownEventError."""
    if kind in STATES:
        state, why = STATES[kind]
        if kind == "logged_out" and told.get("by") == "us":
            why = "unlinked"
        return [ConnectionChanged(state, at, {"why": why} if why else {})]
    if kind == "banned":
        return [_banned(told, at)]
    if kind == "login_failure":
        meaning = meaning_of(code_of(told))
        return (
            [ConnectionChanged(meaning.state, at, {"why": meaning.why, "code": code_of(told)})] if meaning.why else []
        )
    if kind == "refused":
        return [
            ConnectionChanged("offline", at, {"why": "refused", "code": told["code"], "retry_at": told["retry_at"]})
        ]
    if kind == "receipt":
        return _receipt(told, at)
    if kind == "message":
        return _message(told, at)
    if kind in SILENT:
        return []
    raise UnknownEventError(kind)


def _banned(told: Mapping[str, Any], at: datetime) -> ConnectionChanged:
    until = at + timedelta(seconds=ban_seconds(told))
    detail = {"why": "temporary_ban", "code": str(told.get("code", "")), "until": until.isoformat()}
    return ConnectionChanged("banned", at, detail)


def ban_seconds(told: Mapping[str, Any]) -> float:
    """How long a temporary ban lasts."""
    return float(told.get("seconds", 0))


def _receipt(told: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    kind = RECEIPTS.get(told["told"])
    if kind is None or told["from_me"] or told["group"]:
        return []
    refs = told.get("refs", {})
    # One by one: each id may have a ref of its own, and only that finds a message whose id we never learned.
    return [ReceiptArrived((message_id,), kind, at, ref=refs.get(message_id)) for message_id in told["ids"]]


def identities(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Who the person of a chat is, best first: the phone number, then the LID."""
    alt = told["recipient_alt"] if told["from_me"] else told["sender_alt"]
    found = {}
    for address in (told["chat"], alt):
        user, _, server = address.partition("@")
        if user and server in PERSON:
            found[PERSON[server]] = f"+{user}" if server == "s.whatsapp.net" else user
    if "phone" not in found and told.get("phone"):
        found["phone"] = f"+{told['phone']}"
    return tuple((kind, found[kind]) for kind in ("phone", "lid") if kind in found)


def _message(told: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    if told["group"] or told.get("category") == "peer":
        return []
    body = unwrap(told.get("body", {}))
    who = identities(told)
    if not who:
        return []
    if "reactionMessage" in body:
        part = body["reactionMessage"]
        return [_touched("reaction", told, part.get("key", {}).get("ID", ""), who, part.get("text", ""), at)]
    if "protocolMessage" in body:
        return _protocol(told, body["protocolMessage"], who, at)
    text, quoted = text_of(body)
    if text is None:
        return []
    if told["from_me"]:
        return [OwnMessage(told["id"], who, text, at, quoted, media_of(body))]
    return [IncomingMessage(told["id"], who, told.get("name", ""), text, at, quoted, media_of(body))]


def _protocol(
    told: Mapping[str, Any], part: Mapping[str, Any], who: tuple[tuple[str, str], ...], at: datetime
) -> list[ProviderEvent]:
    target = part.get("key", {}).get("ID", "")
    match part.get("type", "REVOKE"):  # the first of its kind, which protobuf leaves out
        case "REVOKE" if target:
            return [_touched("revoke", told, target, who, "", at)]
        case "MESSAGE_EDIT":
            text, _ = text_of(unwrap(part.get("editedMessage", {})))
            return [_touched("edit", told, target, who, text or "", at)]
    return []


def _touched(
    kind: Literal["reaction", "edit", "revoke"],
    told: Mapping[str, Any],
    target: str,
    who: tuple[tuple[str, str], ...],
    text: str,
    at: datetime,
) -> MessageTouched:
    return MessageTouched(kind, told["id"], target, who, text, at, by_us=bool(told["from_me"]))


def unwrap(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message inside its envelopes: disappearing, view once, edited, sent from another device."""
    for _ in range(4):
        for name in (
            "ephemeralMessage",
            "viewOnceMessage",
            "viewOnceMessageV2",
            "documentWithCaptionMessage",
            "editedMessage",
            "deviceSentMessage",
        ):
            if isinstance(body.get(name), Mapping):
                body = body[name].get("message", {})
                break
        else:
            return body
    return body


def text_of(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """What a message says and which message (provider id) it quotes; (None, None) when it says nothing to anybody."""
    if "conversation" in body:
        return str(body["conversation"]), None
    part = body.get("extendedTextMessage")
    if part is not None:
        return str(part.get("text", "")), _quoted(part)
    for name, reply in (
        ("buttonsResponseMessage", "selectedDisplayText"),
        ("templateButtonReplyMessage", "selectedDisplayText"),
        ("listResponseMessage", "title"),
    ):
        if name in body:
            return str(body[name].get(reply, "")), _quoted(body[name])
    for name, sign in MEDIA.items():
        if name in body:
            part = body[name]
            words = part.get("caption") or part.get("fileName") or part.get("displayName") or part.get("name") or ""
            return f"{sign} {words}".strip(), _quoted(part)
    return None, None


def _quoted(part: Mapping[str, Any]) -> str | None:
    return part.get("contextInfo", {}).get("stanzaID") or None
