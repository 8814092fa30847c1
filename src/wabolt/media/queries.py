"""Reads of media."""

from django.core import signing
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.media.models import MediaFile
from wabolt.media.rules import OFFICE, SENDABLE
from wabolt.media.sharing import Shared, shared_for, shared_in
from wabolt.ui.bubbles import Attachment

__all__ = [
    "OFFICE",
    "SENDABLE",
    "Shared",
    "media_bytes",
    "media_file",
    "reference_of",
    "referenced_media",
    "shared_for",
    "shared_in",
    "shown_media",
]

_REFERENCE = "media.reference"


def media_file(workspace: Workspace, media_id: int) -> MediaFile:
    """A file of the workspace without its bytes (`media_bytes`). Raises MediaFile.DoesNotExist."""
    return MediaFile.objects.defer("data").get(workspace=workspace, pk=media_id)


def reference_of(media: MediaFile | None) -> str:
    """A signed reference to a stored file, "" for None.

    Browsers send a chosen file once. A form stores it at once, and its page carries the reference from then on.
    """
    return signing.dumps([media.workspace_id, media.pk], salt=_REFERENCE) if media else ""


def referenced_media(workspace: Workspace, reference: str) -> MediaFile | None:
    """The file of a signed reference, without its bytes; None for another workspace's file or another text."""
    try:
        workspace_id, media_id = signing.loads(reference, salt=_REFERENCE)
        return media_file(workspace, media_id) if workspace_id == workspace.pk else None
    except (signing.BadSignature, MediaFile.DoesNotExist):
        return None


def media_bytes(workspace: Workspace, media_id: int) -> bytes:
    """The bytes of a file of the workspace. Raises MediaFile.DoesNotExist."""
    return bytes(MediaFile.objects.values_list("data", flat=True).get(workspace=workspace, pk=media_id))


def shown_media(media: MediaFile | None) -> Attachment | None:
    """A file as a message bubble shows it."""
    if media is None:
        return None
    url = reverse("media:file", args=[media.pk])
    return Attachment(media.kind, url, media.name, media.size, media.width, media.height)
