"""Receipts of messages that went out, and files that come with messages."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.messaging.store.models import Message


class IncomingFile(models.Model):
    """A file that came with a message. The row is stored with the message; the gateway fetches the bytes later
    (`gateway.background`), and they become the message's `media`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Loading…")
        DONE = "done", _("Loaded")
        GONE = "gone", _("No longer at WhatsApp. Look on the shop's phone, or ask for it once more.")
        TOO_BIG = "too_big", _("Too big to load here. Look on the shop's phone.")

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="file")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    kind = models.CharField(max_length=10, choices=MediaFile.Kind, help_text="claimed by the sender")
    mime_type = models.CharField(max_length=100, blank=True, help_text="claimed by the sender")
    name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True, help_text="bytes, as the vendor reports")
    reference = models.JSONField(default=dict, help_text="what the provider needs to fetch it; emptied afterwards")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, help_text="null: no further attempt")
    why = models.CharField(max_length=200, blank=True, help_text="error of the last attempt, for diagnosis")

    class Meta:
        indexes = [
            models.Index(fields=["channel", "next_try_at"], name="incoming_file_waiting", condition=Q(state="waiting"))
        ]


class Receipt(models.Model):
    """A receipt for a message, once per kind. It may come before the message has its provider id."""

    class Kind(models.TextChoices):
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Failed")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    provider_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="receipts")
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(default=clock.now)
    resend_at = models.DateTimeField(null=True, help_text="the vendor accepts another attempt from this time")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "provider_id", "kind"], name="receipt_once")]
        indexes = [models.Index(fields=["channel", "provider_id"], name="receipt_unmatched", condition=Q(message=None))]
