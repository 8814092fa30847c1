"""Meaning of the stored events of a linked number. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from wabolt.channels.providers.linked.contents import content_of, unwrap
from wabolt.channels.providers.linked.refusals import code_of, meaning_of
from wabolt.channels.registry.contract import UnknownEventError
from wabolt.channels.registry.events import (
    ConnectionChanged,
    IncomingMessage,
    MessageUpdated,
    OwnMessage,
    ProviderEvent,
    ReceiptArrived,
    ReceiptKind,
)

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
"""Event kinds that change the state of the number: (state, reason)."""
SILENT = {"pair_status", "stream_error", "sender_key", "history", "unreadable"}
"""Event kinds without effect."""
UNREADABLE_SIGN = "❔"
SILENT_PROTOCOL = {
    "EPHEMERAL_SYNC_RESPONSE", "HISTORY_SYNC_NOTIFICATION", "APP_STATE_SYNC_KEY_SHARE", "APP_STATE_SYNC_KEY_REQUEST",
    "MSG_FANOUT_BACKFILL_REQUEST", "INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC", "SHARE_PHONE_NUMBER",
    "APP_STATE_FATAL_EXCEPTION_NOTIFICATION", "PEER_DATA_OPERATION_REQUEST_MESSAGE",
    "PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE",
    "REQUEST_WELCOME_MESSAGE", "BOT_FEEDBACK_MESSAGE", "MEDIA_NOTIFY_MESSAGE", "CLOUD_API_THREAD_CONTROL_NOTIFICATION",
    "LID_MIGRATION_MAPPING_SYNC", "BOT_MEMU_ONBOARDING_MESSAGE", "STOP_GENERATION_MESSAGE", "AI_PSI_METADATA",
    "AI_QUERY_FANOUT", "GROUP_MEMBER_LABEL_CHANGE", "AI_MEDIA_COLLECTION_MESSAGE", "CHAT_THEME_SETTING",
    "AI_METADATA_OPERATION", "MARK_AS_VERIFIED_ACTION", "COEX_STATE_SYNC", "ACP2_SETTING", "EPHEMERAL_SETTING",
    "LIMIT_SHARING", "SHARED_DEVICE_CONTACT_HASH_KEY_SHARE", "SHARED_DEVICE_CONTACT_HASH_KEY_REQUEST",
}  # fmt: skip
"""Protocol messages of apps and chat settings, which no person wrote. Every other type has a line in the conversation.
"""


def parse(kind: str, payload: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    """Returns the provider events of one raw event. Raises UnknownEventError."""
    if kind in STATES:
        state, why = STATES[kind]
        if kind == "logged_out" and payload.get("by") == "us":
            why = "unlinked"
        return [ConnectionChanged(state, at, {"why": why} if why else {})]
    if kind == "banned":
        return [_banned(payload, at)]
    if kind == "login_failure":
        meaning = meaning_of(code_of(payload))
        return (
            [ConnectionChanged(meaning.state, at, {"why": meaning.why, "code": code_of(payload)})]
            if meaning.why
            else []
        )
    if kind == "refused":
        return [
            ConnectionChanged(
                "offline", at, {"why": "refused", "code": payload["code"], "retry_at": payload["retry_at"]}
            )
        ]
    if kind == "receipt":
        return _receipt(payload, at)
    if kind == "message":
        return _message(payload, at)
    if kind == "undecryptable":
        return _unread(payload, at)
    if kind in SILENT:
        return []
    raise UnknownEventError(kind)


def _banned(payload: Mapping[str, Any], at: datetime) -> ConnectionChanged:
    until = at + timedelta(seconds=ban_seconds(payload))
    detail = {"why": "temporary_ban", "code": str(payload.get("code", "")), "until": until.isoformat()}
    return ConnectionChanged("banned", at, detail)


def ban_seconds(payload: Mapping[str, Any]) -> float:
    """Returns the length of a temporary ban in seconds."""
    return float(payload.get("seconds", 0))


def _receipt(payload: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    kind = RECEIPTS.get(payload["told"])
    if kind is None or payload["from_me"] or payload["group"]:
        return []
    refs = payload.get("refs", {})
    # One event for each id: each may have its own ref, which finds a message whose id is unknown.
    return [ReceiptArrived((message_id,), kind, at, ref=refs.get(message_id)) for message_id in payload["ids"]]


def identities(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Returns the addresses of the person in a chat: phone number first, then LID."""
    alt = payload["recipient_alt"] if payload["from_me"] else payload["sender_alt"]
    found = {}
    for address in (payload["chat"], alt):
        user, _, server = address.partition("@")
        if user and server in PERSON:
            found[PERSON[server]] = f"+{user}" if server == "s.whatsapp.net" else user
    if "phone" not in found and payload.get("phone"):
        found["phone"] = f"+{payload['phone']}"
    return tuple((kind, found[kind]) for kind in ("phone", "lid") if kind in found)


def _message(payload: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    if payload["group"] or payload.get("category") == "peer":
        return []
    body = unwrap(payload.get("body", {}))
    addresses = identities(payload)
    if not addresses:
        return []
    if isinstance(reaction := body.get("reactionMessage"), Mapping):
        return [_update_of("reaction", payload, _target(reaction), addresses, str(reaction.get("text", "")), at)]
    if isinstance(protocol := body.get("protocolMessage"), Mapping) and (
        found := _protocol(payload, protocol, addresses, at)
    ):
        return found
    if isinstance(protocol, Mapping) and protocol.get("type", "REVOKE") in SILENT_PROTOCOL:
        return []
    content = content_of(body)
    if content is None:
        return []
    if payload["from_me"]:
        text = content.text or UNREADABLE_SIGN
        return [OwnMessage(payload["id"], addresses, text, at, content.quoted, content.media)]
    return [
        IncomingMessage(
            payload["id"],
            addresses,
            payload.get("name", ""),
            content.text,
            at,
            content.quoted,
            content.media,
            content.unsupported,
        )
    ]


def _unread(payload: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    """Returns a line for a message of which only the envelope is known: view once, or unreadable.

    The line has an id of its own, so that the message itself can still be stored if it arrives later.
    """
    who = identities(payload)
    if payload["group"] or payload["from_me"] or not payload.get("unavailable") or not who:
        return []
    message_id = f"{payload['id']}:unread"
    return [IncomingMessage(message_id, who, payload.get("name", ""), "", at, unsupported=payload["unavailable"])]


def _protocol(
    payload: Mapping[str, Any], part: Mapping[str, Any], addresses: tuple[tuple[str, str], ...], at: datetime
) -> list[ProviderEvent]:
    target = _target(part)
    match part.get("type", "REVOKE"):  # REVOKE is 0, which protobuf omits
        case "REVOKE" if target:
            return [_update_of("revoke", payload, target, addresses, "", at)]
        case "MESSAGE_EDIT" if target:
            content = content_of(unwrap(part.get("editedMessage", {})))
            return [_update_of("edit", payload, target, addresses, content.text if content else "", at)]
    return []


def _target(part: Mapping[str, Any]) -> str:
    key = part.get("key")
    return str(key.get("ID", "")) if isinstance(key, Mapping) else ""


def _update_of(
    kind: Literal["reaction", "edit", "revoke"],
    payload: Mapping[str, Any],
    target: str,
    addresses: tuple[tuple[str, str], ...],
    text: str,
    at: datetime,
) -> MessageUpdated:
    return MessageUpdated(kind, payload["id"], target, addresses, text, at, by_us=bool(payload["from_me"]))
