"""Meaning of the raw events of the webhook. Pure: stored events can be parsed again at any time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from wabolt.channels.providers.cloud.content import media_of, text_of
from wabolt.channels.providers.cloud.errors import RESEND, reason_of_code
from wabolt.channels.registry.contract import UnknownEventError
from wabolt.channels.registry.events import (
    AddressesChanged,
    ConnectionChanged,
    IncomingMessage,
    MessageUpdated,
    OwnMessage,
    PromotionsStopped,
    ProviderEvent,
    ReceiptArrived,
    ReceiptKind,
    ReportedPrice,
)

RECEIPTS: dict[str, ReceiptKind] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
QUIET = frozenset(
    {
        "error",
        "account_alerts",
        "account_review_update",
        "business_capability_update",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "template_category_update",
    }
)
"""Event kinds without effect: the pages of numbers and templates ask Meta directly."""
SILENT_MESSAGES = {"request_welcome"}
"""Message types without a message: the person opened the chat and has not written yet."""
LONGEST_ID = 100
"""Length of `Message.provider_id`. Meta promises no length of its ids."""
SHORTENED, UNNAMED = "long:", "told:"
"""Prefixes of stored ids that Meta does not know: the digest of a longer id, and of a message without an id."""
_NUMBER_MOVES = {"user_changed_number", "customer_changed_number"}
_MOVES = {*_NUMBER_MOVES, "user_changed_user_id"}
_BANNED = {"DISABLED_UPDATE", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED"}


def parse_event(kind: str, payload: Mapping[str, Any], occurred_at: datetime) -> list[ProviderEvent]:
    """Returns the provider events of one raw event (`envelope.Piece`). Raises UnknownEventError for an unknown kind."""
    if kind == "message":
        return _message(payload, occurred_at)
    if kind == "status":
        return _status(payload, occurred_at)
    if kind == "account_update":
        return _account(payload, occurred_at)
    if kind == "user_preferences":
        return _preferences(payload, occurred_at)
    if kind == "smb_message_echoes":
        return _echoes(payload, occurred_at)
    if kind in QUIET:
        return []
    raise UnknownEventError(kind)


def _message(payload: Mapping[str, Any], occurred_at: datetime) -> list[ProviderEvent]:
    message: Mapping[str, Any] = payload["message"]
    contact: Mapping[str, Any] = payload.get("contact") or {}
    kind = str(message.get("type", ""))
    at = _at(message.get("timestamp"), occurred_at)
    if kind == "system":
        return _moved(message, at)
    addresses = identities_of(message, contact)
    if kind in {"reaction", "edit", "revoke"} and isinstance(message.get(kind), dict):
        return [_update_of(kind, message, addresses, at)]
    if kind in SILENT_MESSAGES:
        return []
    text, media = text_of(kind, message), media_of(kind, message)
    profile = contact.get("profile")
    name = str(profile.get("name", "")) if isinstance(profile, dict) else ""
    unsupported = "" if text or media else (kind or "empty")[:60]
    return [IncomingMessage(_id_of(message), addresses, name, text, at, _quoted(message), media, unsupported)]


def _id_of(message: Mapping[str, Any]) -> str:
    """Returns Meta's id of a message, or a digest of its content if it has none."""
    if message.get("id"):
        return stored_id(message["id"])
    return f"{UNNAMED}{sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()}"


def stored_id(message_id: object) -> str:
    """Returns the id of a message as it is stored: a digest in place of one that is longer than LONGEST_ID."""
    text = str(message_id)
    return text if len(text) <= LONGEST_ID else f"{SHORTENED}{sha256(text.encode()).hexdigest()}"


def _moved(message: Mapping[str, Any], at: datetime) -> list[ProviderEvent]:
    """Returns the address change of a person: a new number with a new business-scoped id, or a new id alone."""
    change: Mapping[str, Any] = message["system"]
    kind = str(change.get("type", ""))
    if kind not in _MOVES:
        return []
    new_id = str(change.get("user_id") or "")
    was_id = str(change.get("previous_user_id") or (message.get("from_user_id") if kind in _NUMBER_MOVES else "") or "")
    old = [("bsuid", was_id)] if was_id and was_id != new_id else []
    new = [("bsuid", new_id)] if new_id else []
    if kind in _NUMBER_MOVES:
        was, now = str(message.get("from") or ""), str(change.get("wa_id") or change.get("new_wa_id") or "")
        old = [("phone", f"+{was}"), *old] if was.isdecimal() else old
        new = [("phone", f"+{now}"), *new] if now.isdecimal() else new
    return [AddressesChanged(tuple(old), tuple(new), at)] if old and new else []


def _update_of(
    kind: str, message: Mapping[str, Any], addresses: tuple[tuple[str, str], ...], at: datetime
) -> MessageUpdated:
    part: Mapping[str, Any] = message[kind]
    target, text = stored_id(part.get("message_id") or part.get("original_message_id") or ""), ""
    if kind == "reaction":
        return MessageUpdated("reaction", _id_of(message), target, addresses, str(part.get("emoji") or ""), at)
    if kind == "revoke":
        return MessageUpdated("revoke", _id_of(message), target, addresses, text, at)
    new = part.get("message")
    if isinstance(new, dict):
        text = text_of(str(new.get("type", "text")), new)
    return MessageUpdated("edit", _id_of(message), target, addresses, text, at)


def _echoes(payload: Mapping[str, Any], occurred_at: datetime) -> list[ProviderEvent]:
    """Returns messages that the shop sent from the WhatsApp Business app of the same number."""
    events: list[ProviderEvent] = []
    for message in payload["value"].get("message_echoes", []):
        text = text_of(str(message.get("type", "")), message)
        address = {"from": message.get("to"), "from_user_id": message.get("to_user_id")}
        if any(address.values()):
            at = _at(message.get("timestamp"), occurred_at)
            media = media_of(str(message.get("type", "")), message)
            events.append(
                OwnMessage(_id_of(message), identities_of(address, {}), text or "❔", at, _quoted(message), media)
            )
    return events


def _preferences(payload: Mapping[str, Any], occurred_at: datetime) -> list[ProviderEvent]:
    """Returns opt-outs from Meta's own switch. Switching promotions on again is no consent and is ignored."""
    events: list[ProviderEvent] = []
    for preference in payload["value"].get("user_preferences", []):
        if preference.get("category") == "marketing_messages" and preference.get("value") == "stop":
            addresses = identities_of({"from": preference.get("wa_id"), "from_user_id": preference.get("user_id")}, {})
            at = _at(preference.get("timestamp"), occurred_at)
            events.append(PromotionsStopped(addresses, at, str(preference.get("detail", ""))[:200]))
    return events


def _quoted(message: Mapping[str, Any]) -> str | None:
    context = message.get("context")
    return stored_id(context["id"]) if isinstance(context, dict) and context.get("id") else None


def identities_of(message: Mapping[str, Any], contact: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Returns the addresses of the writer: the number if Meta shows it, then the business-scoped id.

    The username is left out: another person can take it over, and would then get the conversation of the previous
    holder.
    """
    addresses: list[tuple[str, str]] = []
    digits = str(message.get("from") or contact.get("wa_id") or "")
    if digits.isdecimal():
        addresses.append(("phone", f"+{digits}"))
    scoped = str(message.get("from_user_id") or contact.get("user_id") or "")
    if not scoped and digits and not digits.isdecimal():
        scoped = digits
    if scoped:
        addresses.append(("bsuid", scoped))
    if not addresses:
        raise ValueError("a message without any address of its writer")
    return tuple(addresses)


def _status(payload: Mapping[str, Any], occurred_at: datetime) -> list[ProviderEvent]:
    status: Mapping[str, Any] = payload["status"]
    word = str(status.get("status", ""))
    if word in {"deleted", "warning"}:
        return []
    if word not in RECEIPTS:
        raise UnknownEventError(f"status {word}"[:200])
    ref = status.get("biz_opaque_callback_data")
    return [
        ReceiptArrived(
            provider_ids=(stored_id(status["id"]),),
            kind=RECEIPTS[word],
            at=_at(status.get("timestamp"), occurred_at),
            detail=_reason(status) if word == "failed" else "",
            ref=ref if isinstance(ref, str) and ref else None,
            price=_price(status.get("pricing")),
            resend_after=RESEND.get(_error(status).get("code", 0)) if word == "failed" else None,
        )
    ]


def _reason(status: Mapping[str, Any]) -> str:
    """Returns the reason of a failure: our code if there is one, then Meta's code and text."""
    error = _error(status)
    code = error.get("code")
    data = error.get("error_data")
    text = (data.get("details") if isinstance(data, dict) else None) or error.get("message") or error.get("title") or ""
    return " ".join(part for part in (reason_of_code(code), f"{code}:" if code else "", str(text)) if part)[:200]


def _error(status: Mapping[str, Any]) -> Mapping[str, Any]:
    errors = status.get("errors")
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return error if isinstance(error.get("code"), int) else {**error, "code": None}


def _price(pricing: object) -> ReportedPrice | None:
    if not isinstance(pricing, dict) or not pricing.get("category"):
        return None
    # Per-message pricing marks free messages as "free_..." in `type`; older webhooks have only `billable`.
    free = str(pricing.get("type", "")).startswith("free") or pricing.get("billable") is False
    return ReportedPrice(str(pricing["category"]).lower()[:30], not free)


def _account(payload: Mapping[str, Any], occurred_at: datetime) -> list[ProviderEvent]:
    value: Mapping[str, Any] = payload["value"]
    event = str(value.get("event", ""))
    ban = value.get("ban_info")
    state = str(ban.get("waba_ban_state", "")) if isinstance(ban, dict) else ""
    if event in _BANNED and state not in {"REINSTATE", "SCHEDULE_FOR_DISABLE"}:
        detail = {"why": "policy", "detail": state or event}
        return [ConnectionChanged("banned", occurred_at, detail)]
    return []


def _at(seconds: object, otherwise: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError, OSError):
        return otherwise
