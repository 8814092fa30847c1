"""Files that messages carry: an owner's, which are looked at closely, and those that somebody sent us."""

from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.pictures import redraw
from wabolt.media.purging import delete_unused, purge_media
from wabolt.media.rules import FileType, recognise, tidy_name

__all__ = ["check_size", "delete_unused", "hold_media", "keep_media", "purge_media", "store_media"]

MB = 1024 * 1024


def store_media(*, workspace: Workspace, data: bytes, name: str = "") -> MediaFile:
    """Stores a file that is meant to be sent, or finds it when it is there already.

    What it is is told by its bytes. A picture is drawn anew (upright, without the place it was taken at, at most
    2,048 pixels wide); a document stays as it is. Raises DomainError for the field "media": "empty", "too_large",
    "too_many_pixels", "broken", or "unknown_kind".
    """
    if not data:
        raise _refused(_("This file is empty. Choose another one."), "empty")
    check_size(len(data))
    found = recognise(data)
    if found is None or found.why:
        raise _not_sendable(found)
    if found.kind == MediaFile.Kind.IMAGE:
        picture = redraw(data)
        called = tidy_name(name, "jpg")
        return keep_media(
            workspace=workspace, data=picture.data, kind=found.kind, mime_type="image/jpeg", name=called,
            width=picture.width, height=picture.height,
        )  # fmt: skip
    called = tidy_name(name, found.extension) or f"{_('Document')}.{found.extension}"
    return keep_media(workspace=workspace, data=data, kind=found.kind, mime_type=found.mime_type, name=called)


def check_size(size: int) -> None:
    """Raises DomainError "too_large" for more bytes than the operator allows (`MEDIA_MAX_BYTES`)."""
    limit = settings.MEDIA_MAX_BYTES
    if size > limit:
        message = _("This file has %(size)s MB; up to %(limit)s MB can be sent. Make it smaller first.")
        numbers = {"size": -(-size // MB), "limit": limit // MB}
        raise _refused(message % numbers, "too_large")


def keep_media(
    *,
    workspace: Workspace,
    data: bytes,
    kind: str,
    mime_type: str,
    name: str = "",
    width: int | None = None,
    height: int | None = None,
) -> MediaFile:
    """Stores bytes as they are, once per workspace, kind and type: for what somebody sent us, or what was checked
    already. `mime_type` is the vendor's word where the bytes were not looked at: `media_views` lets no browser act
    on it. The answer holds no bytes when the file was there before."""
    key = {"workspace": workspace, "sha256": sha256(data).hexdigest(), "kind": kind, "mime_type": mime_type[:100]}
    values = {"name": name[:200], "size": len(data), "width": width, "height": height, "data": data}
    with transaction.atomic():
        # From here to the end of the transaction, and for a while after it, the file counts as used (unused_media).
        if MediaFile.objects.filter(**key).update(kept_at=clock.now()):
            return MediaFile.objects.defer("data").get(**key)
        return MediaFile.objects.defer("data").get_or_create(**key, defaults=values)[0]


def hold_media(*, media: MediaFile) -> None:
    """Says that this file, stored some time ago, is being taken into use: it is not purged now. Raises DomainError
    "gone" (field "media") when it was purged before."""
    if not MediaFile.objects.filter(pk=media.pk).update(kept_at=clock.now()):
        raise _refused(_("This file is no longer here. Choose it once more."), "gone")


def _not_sendable(found: FileType | None) -> DomainError:
    why = found.why if found else ""
    if why == "broken":
        message = _("This document is cut off: its end is missing. Save or download it once more.")
        return _refused(message, "broken")
    words = {
        "heic": _("This picture is in HEIC format, which not every phone can open. Save it as JPG first."),
        "video": _("Videos and recordings cannot be sent from here yet. Choose a picture or a PDF."),
        "gif": _("Moving pictures (GIF) cannot be sent from here yet. Choose a JPG, PNG or WebP."),
        "macros": _("This document has macros, programs that run when it is opened. Save it without them, or as PDF."),
    }
    other = _("This kind of file cannot be sent. Choose a picture (JPG, PNG, WebP), a PDF or an Office document.")
    return _refused(words.get(why, other), "unknown_kind")


def _refused(message: str, code: str) -> DomainError:
    return DomainError(message, code=code, field="media")
