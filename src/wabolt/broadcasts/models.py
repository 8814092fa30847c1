"""Broadcasts and their recipients."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.messaging.models import MessageContent, Template
from wabolt.segments.models import Segment


class Broadcast(models.Model):
    """One message to one segment. It is always promotional: each recipient needs marketing consent."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        FREEZING = "freezing", _("Preparing")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="broadcasts")
    name = models.CharField(max_length=100)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, related_name="+")
    segment_tree = models.JSONField(default=dict, help_text="the segment as it was when the audience was frozen")
    text = models.TextField()
    template = models.ForeignKey(Template, models.PROTECT, null=True, blank=True, related_name="+")
    parameters = models.JSONField(default=dict, help_text="{variable of the template: the text that stands there}")
    media = models.ForeignKey(
        MediaFile, models.PROTECT, null=True, blank=True, related_name="+", help_text="`text` is its caption"
    )
    content = models.ForeignKey(MessageContent, models.PROTECT, null=True, related_name="+")
    content_class = models.CharField(
        max_length=10, choices=MessageContent.Class, default=MessageContent.Class.PROMOTION,
        help_text="side of the 80/20 rule on which its messages count",
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    scheduled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    holdout_percent = models.PositiveSmallIntegerField(default=0)
    voucher_percent = models.PositiveSmallIntegerField(default=0, help_text="0: no voucher")
    voucher_days = models.PositiveSmallIntegerField(default=14)
    attribution_days = models.PositiveSmallIntegerField(default=7)
    expires_hours = models.PositiveSmallIntegerField(
        default=0, help_text="so long after its start it goes to nobody else; 0: by itself (rules.expiry)"
    )
    to_strangers = models.BooleanField(
        default=False, help_text="the owner lets it go to people who never wrote, over a number that else would not"
    )
    planned = models.PositiveIntegerField(default=0)
    promised = models.PositiveIntegerField(null=True, help_text="recipients that the start button named; null: none")
    problem = models.CharField(max_length=300, blank=True, help_text="sentence: why it did not start or was paused")
    creation_key = models.UUIDField(default=uuid.uuid4, help_text="made by the form: a double submit is one broadcast")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True, help_text="when somebody last let it go on")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "creation_key"], name="broadcast_created_once")]
        indexes = [models.Index(fields=["workspace", "-id"], name="broadcast_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def expires_at(self) -> datetime | None:
        """End of sending, known after the freeze. The content stores it."""
        return self.content.expires_at if self.content else None


class Recipient(models.Model):
    """A contact in a frozen audience. The state of a queued recipient is the state of the message."""

    class Outcome(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SUPPRESSED = "suppressed", _("Not sent")
        HELD_OUT = "held_out", _("Comparison group")

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="recipients")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["broadcast", "contact"], name="recipient_once")]
        indexes = [models.Index(fields=["broadcast", "outcome", "reason"], name="recipient_outcome")]
