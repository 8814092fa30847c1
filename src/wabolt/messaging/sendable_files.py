"""The files that a number can send."""

from django.utils.translation import gettext as _

from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.registry import Capabilities
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.queries import OFFICE, SENDABLE

MB = 1024 * 1024
ENDINGS = {"image/jpeg": "JPG", "application/pdf": "PDF", **{kind: end.upper() for kind, end in OFFICE.items()}}
"""{MIME type: file ending as owners know it} of the types that can be sent."""


def accepted_files(channel: Channel) -> str:
    """The value of a file field's `accept` for a number: the MIME types it can send; "" for a number that sends text
    only. A WebP leaves as a JPEG."""
    kinds = [kind for limit in registry.capabilities(channel.provider).media.values() for kind in limit.mime_types]
    sendable = [kind for kind in kinds if kind in SENDABLE]
    return ",".join([*sendable, "image/png", "image/webp"] if "image/jpeg" in sendable else sendable)


def check_carried(*, channel: Channel, media: MediaFile, caption: str) -> None:
    """Raises DomainError when the number cannot send the file, with what to do about it: "kind_not_carried" or
    "too_large" (field "media"), "caption_too_long" (field "text"). Raises ValueError for a file of another workspace.
    """
    if media.workspace_id != channel.workspace_id:
        raise ValueError("a file of another workspace")
    able = registry.capabilities(channel.provider)
    limit = able.media.get(media.kind)
    if limit is None or media.mime_type not in limit.mime_types:
        raise DomainError(_not_carried(channel, able, media), code="kind_not_carried", field="media")
    if media.size > limit.max_bytes:
        message = _("This file has %(size)s MB; this number sends up to %(limit)s MB. Make it smaller first.")
        numbers = {"size": -(-media.size // MB), "limit": limit.max_bytes // MB}
        raise DomainError(message % numbers, code="too_large", field="media")
    if len(caption) > able.max_caption_length:
        message = _("Under a picture or document there is room for %(limit)s characters; this text has %(count)s.")
        counts = {"limit": able.max_caption_length, "count": len(caption)}
        raise DomainError(message % counts, code="caption_too_long", field="text")


def _not_carried(channel: Channel, able: Capabilities, media: MediaFile) -> str:
    kinds = [ENDINGS[kind] for limit in able.media.values() for kind in limit.mime_types if kind in ENDINGS]
    if not kinds:
        message = _("The number %(number)s sends texts only. Take the file away, or choose another number.")
    else:
        message = _("The number %(number)s cannot send %(ending)s files. It sends: %(kinds)s.")
    ending = ENDINGS.get(media.mime_type) or str(media.get_kind_display())
    return message % {"number": channel.name, "ending": ending, "kinds": ", ".join(kinds)}
