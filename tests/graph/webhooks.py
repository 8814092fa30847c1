"""Signed bodies of webhook calls in Meta's format."""

import json
from hashlib import sha256
from hmac import new as hmac_new
from typing import Any

from tests.graph.server import APP_SECRET, NUMBER_ID, WABA_ID


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac_new(secret.encode(), body, sha256).hexdigest()


def envelope(*, field: str = "messages", number_id: str = NUMBER_ID, **value: Any) -> dict[str, Any]:
    """Returns a body with one change."""
    metadata = {"display_phone_number": "6281100000001", "phone_number_id": number_id}
    change = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA_ID, "changes": [{"field": field, "value": change}]}],
    }


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


def message(
    name: str,
    kind: str = "text",
    /,
    *,
    phone: str | None = "6281200000001",
    bsuid: str = "",
    at: int = 1_795_000_000,
    **part: Any,
) -> dict[str, Any]:
    """Returns a body with one message. `part` is the content: body="halo" for a text."""
    contact: dict[str, Any] = {"profile": {"name": "Ayu"}}
    body: dict[str, Any] = {"id": name, "timestamp": str(at), "type": kind}
    context = part.pop("context", None)
    if context:
        body["context"] = {"id": context}
    body[kind] = part.pop("value", part)
    if phone:
        contact["wa_id"] = body["from"] = phone
    if bsuid:
        contact["user_id"] = body["from_user_id"] = bsuid
    return envelope(contacts=[contact], messages=[body])


def status(name: str, word: str, *, ref: str = "", at: int = 1_795_000_000, **more: Any) -> dict[str, Any]:
    """Returns one status, for `statuses(...)`."""
    told = {"id": name, "status": word, "timestamp": str(at), "recipient_id": "6281200000001", **more}
    return told | ({"biz_opaque_callback_data": ref} if ref else {})


def statuses(*many: dict[str, Any]) -> dict[str, Any]:
    return envelope(statuses=list(many))
