"""Reads of media."""

from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.media.models import MediaFile
from wabolt.media.rules import OFFICE, SENDABLE
from wabolt.ui.bubbles import Attachment

__all__ = ["OFFICE", "SENDABLE", "media_bytes", "media_file", "shown_media"]


def media_file(workspace: Workspace, media_id: int) -> MediaFile:
    """A file of the workspace without its bytes (`media_bytes`). Raises MediaFile.DoesNotExist."""
    return MediaFile.objects.defer("data").get(workspace=workspace, pk=media_id)


def media_bytes(workspace: Workspace, media_id: int) -> bytes:
    """The bytes of a file of the workspace. Raises MediaFile.DoesNotExist."""
    return bytes(MediaFile.objects.values_list("data", flat=True).get(workspace=workspace, pk=media_id))


def shown_media(media: MediaFile | None) -> Attachment | None:
    """A file as a message bubble shows it."""
    if media is None:
        return None
    url = reverse("media:file", args=[media.pk])
    return Attachment(media.kind, url, media.name, media.size, media.width, media.height)
