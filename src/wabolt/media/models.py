"""Files that messages carry."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.lib import clock


class MediaFile(models.Model):
    """A file of inbound or outbound messages, stored once for any number of messages.

    `mime_type` is detected from the bytes, never taken from a name or a sender. The bytes are compressed already, so
    the column's storage is EXTERNAL (see the migration). Reads leave `data` out (`queries.media_file`), and joins do
    too (`defer("media__data")`).
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("Picture")
        VIDEO = "video", _("Video")
        AUDIO = "audio", _("Sound")
        DOCUMENT = "document", _("Document")
        STICKER = "sticker", _("Sticker")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64, help_text="of `data`, in hexadecimal")
    kind = models.CharField(max_length=10, choices=Kind)
    mime_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True, help_text="original file name; shown for documents")
    size = models.PositiveIntegerField(help_text="of `data`, in bytes")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    data = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)
    kept_at = models.DateTimeField(default=clock.now, help_text="last time of storing; a recent file is not purged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sha256", "kind", "mime_type"], name="media_file_once")
        ]
