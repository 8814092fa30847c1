"""Rows of linked numbers: the linked device, earlier chats, commands of pages, number checks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.lib import clock


class LinkedNumber(models.Model):
    """The linked device of a channel: its address, the stage of linking, and the profile as last read. The session keys
    are in the library's schema."""

    class Stage(models.TextChoices):
        NONE = "", _("Nothing under way")
        STARTING = "starting", _("Starting")
        QR = "qr", _("Waiting for the scan")
        CODE = "code", _("Waiting for the code")
        LINKED = "linked", _("Linked")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")

    channel = models.OneToOneField("channels.Channel", models.CASCADE, primary_key=True, related_name="linked_number")
    jid = models.CharField(max_length=60, blank=True, help_text="our device: number:device@s.whatsapp.net; empty: none")
    lid = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=10, choices=Stage, blank=True, default="")
    secret = models.CharField(max_length=500, blank=True, help_text="the QR text or the code, only while it is valid")
    secret_until = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True)
    profile_name = models.CharField(max_length=100, blank=True)
    about = models.CharField(max_length=200, blank=True)
    picture = models.CharField(max_length=100, blank=True, help_text="WhatsApp's id of the picture; empty: none seen")
    picture_data = models.BinaryField(null=True, help_text="the picture as a small JPEG")
    profile_at = models.DateTimeField(null=True)
    phone_ticks = models.JSONField(default=list, help_text="keys of linking.PHONE_STEPS the owner has ticked off")
    phone_known = models.BooleanField(
        default=False, db_default=False, help_text="the shop's phone has confirmed our messages before"
    )
    phone_off_since = models.DateTimeField(null=True, help_text="our first message that the phone has not confirmed")
    history_until = models.DateTimeField(null=True, help_text="deadline of the OldChat rows; null: none are stored")
    history_end = models.CharField(max_length=10, blank=True, help_text='"dropped" or "expired"; empty: neither')
    history_ended_at = models.DateTimeField(null=True)


class OldChat(models.Model):
    """A chat that existed before the link and waits for the owner's choice: contact, number of messages, last message,
    no content. Rows exist only until `LinkedNumber.history_until` and are deleted when chosen or dropped. The number's
    process writes them (`event_store`)."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=64, help_text='"lid:123" where that is known, else "phone:+62812..."')
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    lid = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    messages = models.PositiveIntegerField(help_text="number of messages that WhatsApp delivered")
    parts = models.JSONField(default=dict, help_text='messages by "kind of sync:piece"; a repeated piece counts once')
    last_at = models.DateTimeField(null=True)
    wrote_at = models.DateTimeField(null=True, help_text="time of the person's last message; null: unknown")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="old_chat_once")]


class ChannelCommand(models.Model):
    """A command of a page for a number's process. Only the holder of the lane can reach that process."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    asked_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "id"], name="channel_command_open", condition=Q(done_at=None))]


class NumberCheck(models.Model):
    """WhatsApp's last answer whether a phone number is registered. It is cached to avoid repeated checks."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+", db_index=False)
    phone = models.CharField(max_length=20, help_text="E.164")
    is_on = models.BooleanField()
    checked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "phone"], name="number_check_once")]
