"""Storing files: an owner's files, which are checked closely, and files from outside."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib import archives, clock
from wabolt.lib.errors import DomainError
from wabolt.lib.pictures import PictureError, measure
from wabolt.media import rules
from wabolt.media.models import MediaFile
from wabolt.media.pictures import MAX_SIDE, redraw
from wabolt.media.purging import delete_unused, purge_media
from wabolt.media.rules import ARCHIVE, OPAQUE, FileType, identify, office_type, recognise, tidy_name
from wabolt.media.sharing import forget_shared, keep_shared

__all__ = [
    "Examined",
    "check_size",
    "delete_unused",
    "examine",
    "file_type",
    "forget_shared",
    "hold_media",
    "keep_media",
    "keep_shared",
    "purge_media",
    "safe_name",
    "store_media",
    "store_picture",
    "store_upload",
]

log = logging.getLogger(__name__)

MB = 1024 * 1024


def store_media(*, workspace: Workspace, data: bytes, name: str = "") -> MediaFile:
    """Stores a file to be sent, or returns the stored one.

    Its type is detected from its bytes. A picture is drawn again (upright, without its location, at most 2,048 pixels
    wide); a document is kept as it is. Raises DomainError for the field "media": "empty", "too_large",
    "too_many_pixels", "broken", or "unknown_kind".
    """
    if not data:
        raise _refused(_("This file is empty. Choose another one."), "empty")
    check_size(len(data))
    found = file_type(data)
    if found is None or found.why:
        raise _not_sendable(found)
    if found.kind == MediaFile.Kind.IMAGE:
        return store_picture(workspace=workspace, data=data, name=name)
    called = tidy_name(name, found.extension) or _("Document") + f".{found.extension}"
    examined = Examined(found.kind, found.mime_type, found.extension)
    return keep_media(workspace=workspace, data=data, name=called, examined=examined)


def store_picture(*, workspace: Workspace, data: bytes, name: str = "", side: int = MAX_SIDE) -> MediaFile:
    """Redraws a picture as a JPEG and stores it. The JPEG is at most `side` pixels wide and high.

    Raises DomainError for the field "media": "too_large", "too_many_pixels" or "broken", also for other files.
    """
    check_size(len(data))
    picture = redraw(data, side)
    examined = Examined(MediaFile.Kind.IMAGE, "image/jpeg", "jpg", picture.width, picture.height)
    return keep_media(workspace=workspace, data=picture.data, name=tidy_name(name, "jpg"), examined=examined)


def store_upload(*, workspace: Workspace, upload: "UploadedFile[Any]", side: int | None = None) -> MediaFile:
    """Stores the file of a form. `side`: it must be a picture, which is made at most so many pixels wide and high.

    Refuses a file that is too large before it is read. Raises the errors of `store_media` and `store_picture`.
    """
    check_size(upload.size or 0)
    if side is None:
        return store_media(workspace=workspace, data=upload.read(), name=upload.name or "")
    return store_picture(workspace=workspace, data=upload.read(), name=upload.name or "", side=side)


def file_type(data: bytes) -> FileType | None:
    """The type of these bytes, None if unknown. Archives are read in a process with limits."""
    found = recognise(data)
    return office_type(archives.member_names(data)) if found is ARCHIVE else found


def check_size(size: int) -> None:
    """Raises DomainError "too_large" for more bytes than the operator allows (`MEDIA_MAX_BYTES`)."""
    limit = settings.MEDIA_MAX_BYTES
    if size > limit:
        message = _("This file has %(size)s MB; up to %(limit)s MB can be sent. Make it smaller first.")
        numbers = {"size": -(-size // MB), "limit": limit // MB}
        raise _refused(message % numbers, "too_large")


@dataclass(frozen=True, slots=True)
class Examined:
    """The type of bytes: a `MediaFile.Kind`, a MIME type, and the size of a picture in pixels. `extension`: the file
    ending of that type, "" if unknown."""

    kind: str
    mime_type: str
    extension: str = ""
    width: int | None = None
    height: int | None = None


def examine(data: bytes, claimed: str) -> Examined:
    """The type of a file from outside, by its bytes. `claimed`: the kind that the sender gave.

    Bytes that begin like a picture count as one only if they can be decoded; else they are an unknown file.
    """
    found = identify(data, claimed, file_type(data))
    if not found.mime_type.startswith("image/"):
        return Examined(*found)
    try:
        return Examined(*found, *measure(data))
    except PictureError as problem:
        log.info("a file that begins like a picture cannot be decoded: %s", problem.code)
        return Examined("document", OPAQUE)


def safe_name(name: str, examined: Examined) -> str:
    """A safe name for a file from outside (`rules.safe_name`)."""
    return rules.safe_name(name, rules.Found(examined.kind, examined.mime_type, examined.extension))


def keep_media(*, workspace: Workspace, data: bytes, examined: Examined, name: str = "") -> MediaFile:
    """Stores bytes as they are, once per workspace, kind and MIME type.

    `examined.mime_type` may come from the vendor if the bytes were not examined: `views.file` lets no browser act on
    it. The returned file does not hold its bytes if it was stored before.
    """
    key = {
        "workspace": workspace,
        "sha256": sha256(data).hexdigest(),
        "kind": examined.kind,
        "mime_type": examined.mime_type[:100],
    }
    values = {
        "name": name[:200],
        "size": len(data),
        "width": examined.width,
        "height": examined.height,
        "data": data,
    }
    with transaction.atomic():
        # From here to the end of the transaction, and for a while after it, the file counts as used (purging).
        if MediaFile.objects.filter(**key).update(kept_at=clock.now()):
            return MediaFile.objects.defer("data").get(**key)
        return MediaFile.objects.defer("data").get_or_create(**key, defaults=values)[0]


def hold_media(*, media: MediaFile) -> None:
    """Marks a stored file as being taken into use, so that it is not purged now. Raises DomainError "gone" (field
    "media") if it was purged before."""
    if not MediaFile.objects.filter(pk=media.pk).update(kept_at=clock.now()):
        raise _refused(_("This file is no longer here. Choose it once more."), "gone")


def _not_sendable(file_type: FileType | None) -> DomainError:
    why = file_type.why if file_type else ""
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
