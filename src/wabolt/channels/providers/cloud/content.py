"""Text and files of incoming messages. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from wabolt.channels.registry.events import IncomingMedia

MAX_TEXT = 8000
MEDIA = {"image": "📷", "video": "🎬", "audio": "🎤", "document": "📄", "sticker": "🏷️"}
"""Prefixes of captions, the same as for linked numbers."""

WORDS = ("body", "text", "caption", "title", "name", "description")
"""Keys under which Meta puts readable text."""

Part = Mapping[str, Any]


def text_of(kind: str, message: Part) -> str:
    """Returns the text of a message of this type; "" for an unknown type and for an empty message."""
    part = message.get(kind)
    try:
        if kind in MEDIA and isinstance(part, dict):
            return f"{MEDIA[kind]} {part.get('caption') or part.get('filename') or ''}".strip()[:MAX_TEXT]
        if kind == "contacts":
            return f"👤 {_contacts(part)}".strip()[:MAX_TEXT]
        if kind in READERS and isinstance(part, dict):
            return READERS[kind](part)[:MAX_TEXT]
    except (TypeError, ValueError, KeyError, AttributeError):
        pass  # the value has another shape than Meta documents
    return _any_text(part)[:MAX_TEXT]


def _any_text(part: object) -> str:
    """Returns the first readable text in a value of unknown shape, or ""."""
    if not isinstance(part, dict):
        return ""
    found = next((str(part[key]) for key in WORDS if isinstance(part.get(key), str) and part[key].strip()), "")
    return f"❔ {found}" if found else ""


def media_of(kind: str, message: Part) -> IncomingMedia | None:
    """Returns the file of a message; None without a file or without Meta's id of it."""
    part = message.get(kind)
    if kind not in MEDIA or not isinstance(part, dict) or not part.get("id"):
        return None
    of = cast('Literal["image", "video", "audio", "document", "sticker"]', kind)
    name = str(part.get("filename") or "")[:200]
    return IncomingMedia(of, str(part.get("mime_type") or "")[:100], None, name, {"id": str(part["id"])[:200]})


def _interactive(part: Part) -> str:
    reply = part.get(str(part.get("type", "")))
    if not isinstance(reply, dict):
        return ""
    answer = reply.get("title") or reply.get("body") or reply.get("name")
    return str(answer or (f"📝 {reply['response_json']}" if reply.get("response_json") else ""))


def _location(part: Part) -> str:
    words = [str(part[key]) for key in ("name", "address") if part.get(key)]
    place = f"https://maps.google.com/?q={part.get('latitude')},{part.get('longitude')}"
    return "\n".join(["📍 " + ", ".join(words) if words else "📍", place])


def _contacts(part: object) -> str:
    lines = []
    for person in part if isinstance(part, list) else []:
        if isinstance(person, dict):
            name = person.get("name")
            phones = person.get("phones")
            numbers = (
                [str(one.get("phone") or one.get("wa_id") or "") for one in phones or [] if isinstance(one, dict)]
                if isinstance(phones, list)
                else []
            )
            words = str(name.get("formatted_name", "")) if isinstance(name, dict) else ""
            lines.append(" ".join(part for part in (words, *numbers) if part))
    return "\n".join(lines)


def _order(part: Part) -> str:
    lines = [f"🛒 {part.get('text') or ''}".strip()]
    items = part.get("product_items")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            price = f" @ {item.get('currency', '')} {item['item_price']}" if "item_price" in item else ""
            lines.append(f"{item.get('quantity', 1)} × {item.get('product_retailer_id', '')}{price}")
    return "\n".join(lines)


READERS: dict[str, Callable[[Part], str]] = {
    "text": lambda part: str(part.get("body", "")),
    "button": lambda part: str(part.get("text") or part.get("payload") or ""),
    "interactive": _interactive,
    "location": _location,
    "order": _order,
}
