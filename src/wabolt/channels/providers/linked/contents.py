"""Text, quote and file of a message to a linked number. Pure.

WhatsApp has more than a hundred kinds of message and adds new ones. Each kind has at least a line in the conversation:
readable for known kinds, the first text that it contains for unknown kinds, and "unsupported message" without any text.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wabolt.channels.providers.linked.received_files import media_of
from wabolt.channels.providers.linked.stored_event import TECHNICAL
from wabolt.channels.registry.events import IncomingMedia

Part = Mapping[str, Any]

SIGNS = {
    "imageMessage": "📷",
    "videoMessage": "🎬",
    "ptvMessage": "🎬",
    "audioMessage": "🎤",
    "documentMessage": "📄",
    "stickerMessage": "🏷️",
    "stickerPackMessage": "🏷️",
    "newsletterAdminInviteMessage": "📢",
    "scheduledCallCreationMessage": "📞",
    "requestPhoneNumberMessage": "📱",
    "pinInChatMessage": "📌",
    "keepInChatMessage": "📌",
    "pollUpdateMessage": "📊 ☑️",
    "encEventResponseMessage": "📅 ☑️",
    "callLogMesssage": "📞",
    "call": "📞",
    "bcallMessage": "📞",
    "musicMessage": "🎵",
}
"""Prefixes of captions."""
WORDS = (
    "conversation", "text", "contentText", "caption", "title", "name", "description", "selectedDisplayText",
    "displayName", "fileName", "packName", "question", "note", "message", "body", "comment",
)  # fmt: skip
"""Keys that hold readable text in some kind of message, best first."""
MAX_TEXT = 8000
MAX_DEPTH = 6
_VCARD_NAME = re.compile(r"^FN[^:\n]*:(.*)$", re.MULTILINE)
_VCARD_PHONE = re.compile(r"^(?:item\d+\.)?TEL[^:\n]*:(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Content:
    """Content of a message. `quoted`: provider id of the quoted message. `unsupported`: name of a kind that cannot be
    shown."""

    text: str
    quoted: str | None = None
    media: IncomingMedia | None = None
    unsupported: str = ""


def unwrap(body: Part) -> Part:
    """Returns the message inside its envelopes: disappearing, view once, edited, album, sent from another device."""
    for _ in range(MAX_DEPTH):
        inner = next(
            (part["message"] for part in body.values() if isinstance(part, Mapping) and _is_envelope(part)), None
        )
        if inner is None:
            return body
        body = inner
    return body


def _is_envelope(part: Part) -> bool:
    """Whether the field is a FutureProofMessage or a DeviceSentMessage."""
    return isinstance(part.get("message"), Mapping) and part.keys() <= {"message", "destinationJID", "phash"}


def content_of(body: Part) -> Content | None:
    """Returns the content of an unwrapped message; None for one that only carries keys for later messages."""
    fields = [name for name in body if name not in TECHNICAL]
    if not fields:
        return None if body.keys() - {"messageContextInfo"} else Content("", unsupported="empty")
    name = min(fields, key=_rank)
    part = body[name]
    quoted = _quoted(part)
    media = media_of(body)
    text = _words(name, part)[:MAX_TEXT]
    if text or media is not None:
        return Content(text, quoted, media)
    return Content("", quoted, unsupported=name[:60])


def _rank(name: str) -> int:
    return 0 if name in {"conversation", "extendedTextMessage"} else 1 if name in READERS or name in SIGNS else 2


def _words(name: str, part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    try:
        if name in READERS:
            return READERS[name](part)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError, RecursionError):
        pass  # unexpected shape: the general reader below takes the first text
    if name in SIGNS:
        return _line(SIGNS[name], _first(part, *WORDS))
    return _line("❔", found) if (found := _first(part, *WORDS)) else ""


def _first(part: Any, *keys: str, depth: int = 0) -> str:
    """Returns the first readable text in a value and its two inner levels, or ""."""
    if not isinstance(part, Mapping) or depth > 2:
        return ""
    for key in keys:
        if isinstance(part.get(key), str) and part[key].strip():
            return str(part[key])
    inner = (_first(value, *keys, depth=depth + 1) for key, value in part.items() if key != "contextInfo")
    return next((text for text in inner if text), "")


def _line(sign: str, *words: object) -> str:
    return " ".join([sign, *(str(word) for word in words if word)])


def _quoted(part: Any) -> str | None:
    context = part.get("contextInfo") if isinstance(part, Mapping) else None
    found = context.get("stanzaID") if isinstance(context, Mapping) else None
    return str(found) if found else None


def _text(part: Part) -> str:
    return str(part.get("text", ""))


def _place(part: Part) -> str:
    words = ", ".join(str(part[key]) for key in ("name", "address", "caption", "comment") if part.get(key))
    latitude, longitude = float(part.get("degreesLatitude", 0)), float(part.get("degreesLongitude", 0))
    return "\n".join([_line("📍", words), f"https://maps.google.com/?q={latitude:.6f},{longitude:.6f}"])


def _person(part: Part) -> str:
    card = str(part.get("vcard", ""))
    name = _VCARD_NAME.search(card)
    numbers = [number.strip() for number in _VCARD_PHONE.findall(card)]
    return " ".join([str(part.get("displayName") or (name[1].strip() if name else "")), *numbers]).strip()


def _people(part: Part) -> str:
    found = [_person(one) for one in part.get("contacts", []) if isinstance(one, Mapping)]
    return _line("👤", "\n".join(filter(None, found)) or part.get("displayName"))


def _money(thousandths: object, currency: object) -> str:
    return f"{currency} {int(str(thousandths)) / 1000:,.0f}".replace(",", ".").strip() if thousandths else ""


def _order(part: Part) -> str:
    count = f"× {part['itemCount']}" if part.get("itemCount") else ""
    total = _money(part.get("totalAmount1000"), part.get("totalCurrencyCode", ""))
    return "\n".join(filter(None, [_line("🛒", part.get("orderTitle"), count, total), str(part.get("message", ""))]))


def _product(part: Part) -> str:
    product = part.get("product") or {}
    price = _money(product.get("priceAmount1000"), product.get("currencyCode", ""))
    return "\n".join(filter(None, [_line("🛍️", product.get("title"), price), str(part.get("body", ""))]))


def _poll(part: Part) -> str:
    options = [f"◻️ {one.get('optionName', '')}" for one in part.get("options", []) if isinstance(one, Mapping)]
    return "\n".join([_line("📊", part.get("name")), *options])


def _group(part: Part) -> str:
    link = f"https://chat.whatsapp.com/{part['inviteCode']}" if part.get("inviteCode") else ""
    return "\n".join(filter(None, [_line("👥", part.get("groupName")), str(part.get("caption", "")), link]))


def _answer(part: Part) -> str:
    """Returns the text of a tapped button, a chosen list row or a completed form."""
    body = _first(part.get("body"), "text")
    flow = part.get("nativeFlowResponseMessage")
    if body or not isinstance(flow, Mapping):
        return body
    values = json.loads(str(flow.get("paramsJSON") or "{}"))
    told = values.get("display_text") or values.get("title") or values.get("id") if isinstance(values, dict) else ""
    return str(told or _line("📝", flow.get("name")))


def _event(part: Part) -> str:
    start = str(part.get("startTime") or "")
    when = datetime.fromtimestamp(int(start), UTC).isoformat(" ", "minutes") if start.isdecimal() else ""
    place = _first(part.get("location"), "name", "address")
    more = [str(part.get(key) or "") for key in ("description", "joinLink")]
    return "\n".join(filter(None, [_line("📅", part.get("name"), when, place), *more]))


def _payment(part: Part) -> str:
    amount = _money(part.get("amount1000"), part.get("currencyCodeIso4217", ""))
    return _line("💸", amount, _first(part.get("noteMessage"), *WORDS) or part.get("note"))


def _album(part: Part) -> str:
    counts = [(part.get("expectedImageCount"), "📷"), (part.get("expectedVideoCount"), "🎬")]
    return _line("🖼️", " ".join(f"{count} {sign}" for count, sign in counts if count))


def _template(part: Part) -> str:
    return _first(part, "hydratedContentText", "hydratedTitleText", *WORDS)


READERS: dict[str, Callable[[Part], str]] = {
    "extendedTextMessage": _text,
    "contactMessage": lambda part: _line("👤", _person(part)),
    "contactsArrayMessage": _people,
    "locationMessage": _place,
    "liveLocationMessage": _place,
    "orderMessage": _order,
    "productMessage": _product,
    "pollCreationMessage": _poll,
    "pollCreationMessageV2": _poll,
    "pollCreationMessageV3": _poll,
    "pollCreationMessageV5": _poll,
    "pollCreationMessageV6": _poll,
    "pollResultSnapshotMessage": _poll,
    "groupInviteMessage": _group,
    "interactiveResponseMessage": _answer,
    "buttonsResponseMessage": lambda part: str(part.get("selectedDisplayText") or part.get("selectedButtonID") or ""),
    "templateButtonReplyMessage": lambda part: str(part.get("selectedDisplayText") or part.get("selectedID") or ""),
    "listResponseMessage": lambda part: str(part.get("title") or part.get("description") or ""),
    "eventMessage": _event,
    "sendPaymentMessage": _payment,
    "requestPaymentMessage": _payment,
    "declinePaymentRequestMessage": _payment,
    "cancelPaymentRequestMessage": _payment,
    "paymentInviteMessage": _payment,
    "paymentReminderMessage": _payment,
    "splitPaymentMessage": _payment,
    "splitPaymentUpdateMessage": _payment,
    "invoiceMessage": lambda part: _line("🧾", part.get("note")),
    "albumMessage": _album,
    "templateMessage": _template,
    "buttonsMessage": _template,
    "listMessage": _template,
    "interactiveMessage": _template,
    "highlyStructuredMessage": _template,
}
