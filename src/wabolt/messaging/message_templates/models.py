"""Message templates that a vendor approves before they may be sent."""

from django.db import models

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.lib import clock


class Template(models.Model):
    """A message template as Meta knows it (`channels.providers.templates`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="templates")
    vendor_id = models.CharField(max_length=60)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=20)
    category = models.CharField(max_length=30, help_text="marketing, utility or authentication, in the vendor's word")
    status = models.CharField(max_length=30, help_text='"approved", "pending", "rejected", "paused" ... "gone"')
    reason = models.CharField(max_length=300, blank=True)
    components = models.JSONField(default=list, help_text="header, body, footer and buttons in the vendor's words")
    synced_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "name", "language"], name="template_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
