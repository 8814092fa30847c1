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


def parse(kind: str, told: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    """Returns the provider events of one raw event. Raises UnknownEventError."""
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
    if kind == "undecryptable":
        return _unread(told, at)
    if kind in SILENT:
        return []
    raise UnknownEventError(kind)


def _banned(told: Mapping[str, Any], at: datetime) -> ConnectionChanged:
    until = at + timedelta(seconds=ban_seconds(told))
    detail = {"why": "temporary_ban", "code": str(told.get("code", "")), "until": until.isoformat()}
    return ConnectionChanged("banned", at, detail)


def ban_seconds(told: Mapping[str, Any]) -> float:
    """Returns the length of a temporary ban in seconds."""
    return float(told.get("seconds", 0))


def _receipt(told: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    kind = RECEIPTS.get(told["told"])
    if kind is None or told["from_me"] or told["group"]:
        return []
    refs = told.get("refs", {})
    # One event for each id: each may have its own ref, which finds a message whose id is unknown.
    return [ReceiptArrived((message_id,), kind, at, ref=refs.get(message_id)) for message_id in told["ids"]]


def identities(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Returns the addresses of the person in a chat: phone number first, then LID."""
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
    if isinstance(reaction := body.get("reactionMessage"), Mapping):
        return [_update_of("reaction", told, _target(reaction), who, str(reaction.get("text", "")), at)]
    if isinstance(protocol := body.get("protocolMessage"), Mapping) and (found := _protocol(told, protocol, who, at)):
        return found
    if isinstance(protocol, Mapping) and protocol.get("type", "REVOKE") in SILENT_PROTOCOL:
        return []
    content = content_of(body)
    if content is None:
        return []
    if told["from_me"]:
        return [OwnMessage(told["id"], who, content.text or UNREADABLE_SIGN, at, content.quoted, content.media)]
    return [
        IncomingMessage(
            told["id"], who, told.get("name", ""), content.text, at, content.quoted, content.media, content.unsupported
        )
    ]


def _unread(told: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    """Returns a line for a message of which only the envelope is known: view once, or unreadable.

    The line has an id of its own, so that the message itself can still be stored if it arrives later.
    """
    who = identities(told)
    if told["group"] or told["from_me"] or not told.get("unavailable") or not who:
        return []
    message_id = f"{told['id']}:unread"
    return [IncomingMessage(message_id, who, told.get("name", ""), "", at, unsupported=told["unavailable"])]


def _protocol(
    told: Mapping[str, Any], part: Mapping[str, Any], who: tuple[tuple[str, str], ...], at: datetime
) -> list[ProviderEvent]:
    target = _target(part)
    match part.get("type", "REVOKE"):  # REVOKE is 0, which protobuf omits
        case "REVOKE" if target:
            return [_update_of("revoke", told, target, who, "", at)]
        case "MESSAGE_EDIT" if target:
            content = content_of(unwrap(part.get("editedMessage", {})))
            return [_update_of("edit", told, target, who, content.text if content else "", at)]
    return []


def _target(part: Mapping[str, Any]) -> str:
    key = part.get("key")
    return str(key.get("ID", "")) if isinstance(key, Mapping) else ""


def _update_of(
    kind: Literal["reaction", "edit", "revoke"],
    told: Mapping[str, Any],
    target: str,
    who: tuple[tuple[str, str], ...],
    text: str,
    at: datetime,
) -> MessageUpdated:
    return MessageUpdated(kind, told["id"], target, who, text, at, by_us=bool(told["from_me"]))
