"""The JSON of outgoing messages. Pure."""

from typing import Any

from wabolt.channels.providers.cloud.parser import SHORTENED, UNNAMED
from wabolt.channels.registry.contract import Choice, Media, Outgoing

MAX_BUTTONS, MAX_ROWS = 3, 10
MAX_BUTTON_TITLE, MAX_ROW_TITLE, MAX_ROW_TEXT = 20, 24, 72
MAX_TEXT = 4096
MAX_TEXT_WITH_CHOICES = 1024
MAX_CAPTION = 1024
MAX_CHOICE_ID = 200


def too_long(out: Outgoing) -> str:
    """Returns which part of the message is longer than Meta accepts, with the numbers; "" if none is."""
    if out.template is not None:
        return ""
    limit = MAX_TEXT_WITH_CHOICES if out.choices else MAX_CAPTION if out.media else MAX_TEXT
    if len(out.text) > limit:
        return f"{len(out.text)} of {limit} characters"
    if len(out.choices) > MAX_ROWS:
        return f"{len(out.choices)} of {MAX_ROWS} choices"
    title = MAX_BUTTON_TITLE if len(out.choices) <= MAX_BUTTONS else MAX_ROW_TITLE
    for choice in out.choices:
        if len(choice.title) > title or len(choice.description) > MAX_ROW_TEXT or len(choice.id) > MAX_CHOICE_ID:
            return f"a choice: {choice.title[:40]}"
    return ""


def body_of(out: Outgoing, media_id: str = "") -> dict[str, Any]:
    """Returns the JSON for `messages`.

    Our `ref` is sent along and comes back with each status, so that a message whose answer was lost is still found.
    `media_id`: Meta's id of the uploaded file.
    """
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **({"to": out.to.lstrip("+")} if out.to_kind == "phone" else {"recipient": out.to}),
        "biz_opaque_callback_data": out.ref,
    }
    if out.quote_provider_id and not out.quote_provider_id.startswith((SHORTENED, UNNAMED)):
        body["context"] = {"message_id": out.quote_provider_id}
    if out.template is not None:
        template: dict[str, Any] = {"name": out.template.name, "language": {"code": out.template.language}}
        components = [dict(component) for component in out.template.components]
        if out.media is not None:
            components.insert(0, {"type": "header", "parameters": [_header(out.media, media_id)]})
        if components:
            template["components"] = components
        return body | {"type": "template", "template": template}
    if out.media is not None:
        part = {"id": media_id}
        if out.text and out.media.kind != "audio":
            part["caption"] = out.text
        if out.media.kind == "document" and out.media.name:
            part["filename"] = out.media.name
        return body | {"type": out.media.kind, out.media.kind: part}
    if out.choices:
        return body | {"type": "interactive", "interactive": _interactive(out)}
    return body | {"type": "text", "text": {"body": out.text, "preview_url": "https://" in out.text}}


def _header(media: Media, media_id: str) -> dict[str, Any]:
    part = {"id": media_id}
    if media.kind == "document" and media.name:
        part["filename"] = media.name
    return {"type": media.kind, media.kind: part}


def _interactive(out: Outgoing) -> dict[str, Any]:
    if len(out.choices) <= MAX_BUTTONS:
        buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in out.choices]
        return {"type": "button", "body": {"text": out.text}, "action": {"buttons": buttons}}
    label = (out.choices_label or "Pilih")[:MAX_BUTTON_TITLE]
    sections = [{"rows": [_row(one) for one in out.choices]}]
    return {"type": "list", "body": {"text": out.text}, "action": {"button": label, "sections": sections}}


def _row(choice: Choice) -> dict[str, str]:
    row = {"id": choice.id, "title": choice.title}
    return row | {"description": choice.description} if choice.description else row
