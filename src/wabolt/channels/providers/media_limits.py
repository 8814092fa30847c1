"""Checks a message against the media limits of a provider. Pure."""

from wabolt.channels.registry.contract import Capabilities, Outgoing, Refused

MEGABYTE = 1024 * 1024
DOCUMENTS = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "text/calendar",
)
"""Document types that every phone can open. Members cannot upload calendar files; only the room `optin` creates
them."""


def media_refusal(able: Capabilities, out: Outgoing) -> Refused | None:
    """Returns why the file or its caption cannot be sent: "unsupported_kind", "media_too_large" or "too_long".

    Returns None for a message without a file, and for one that fits.
    """
    if out.media is None:
        return None
    limit = able.media.get(out.media.kind)
    if limit is None or out.media.mime_type not in limit.mime_types:
        return Refused("unsupported_kind", out.media.mime_type)
    if len(out.media.data) > limit.max_bytes:
        return Refused("media_too_large", f"{len(out.media.data)} of {limit.max_bytes} bytes")
    if out.template is None and len(out.text) > able.max_caption_length:
        return Refused("too_long", f"{len(out.text)} of {able.max_caption_length} characters under a file")
    return None
