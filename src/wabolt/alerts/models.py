"""Alerts, their deliveries, and what members chose about them."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.lib import clock


class Alert(models.Model):
    """A state that needs a member. An alert is open until its room resolves it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40, help_text="the key of a registered AlertKind")
    subject = models.CharField(max_length=100, blank=True, help_text='what it is about, for example "channel:12"')
    data = models.JSONField(default=dict, help_text="facts for the sentence; no personal data of contacts")
    opened_at = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    announced = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="the number of announcements")
    announced_at = models.DateTimeField(null=True, help_text="the last announcement")
    announce_at = models.DateTimeField(null=True, help_text="the next announcement, null for none")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "subject"], name="alert_open_once", condition=Q(resolved_at=None)
            ),
            models.CheckConstraint(
                condition=Q(announce_at=None) | Q(resolved_at=None, acknowledged_at=None), name="alert_announced_open"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="alert_newest"),
            models.Index(fields=["announce_at"], name="alert_due", condition=~Q(announce_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


class Delivery(models.Model):
    """One announcement of an alert to one member over one channel. The rows with the state "waiting" are a queue."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        CANCELLED = "cancelled"

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="deliveries")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20, help_text="the key of a registered AlertChannel")
    target = models.CharField(max_length=40, blank=True, help_text="which of the member's devices, for push")
    announcement = models.PositiveSmallIntegerField(help_text="the number of the announcement, from 1")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(default=clock.now, help_text="also the end of the lease of an attempt")
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True, help_text="why the last attempt failed")
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "membership", "channel", "target", "announcement"], name="alert_delivery_once"
            )
        ]
        indexes = [
            models.Index(fields=["channel", "due_at"], name="alert_delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["membership", "channel", "-id"], name="alert_delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.membership_id}: {self.state}"


class ChannelChoice(models.Model):
    """The channels that a member chose for a kind. Without a row the kind's own channels carry it."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    channels = ArrayField(models.CharField(max_length=20), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "kind"], name="alert_choice_once")]


class QuietHours(models.Model):
    """The hours, in the workspace's time zone, in which a member's alerts wait for the end of the hours, except
    those of the kinds in `waking`.

    A member without a row has the defaults."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="+")
    quiet_from = models.TimeField(default=time(21, 0), help_text="equal ends: no quiet hours")
    quiet_until = models.TimeField(default=time(7, 0))
    waking = ArrayField(
        models.CharField(max_length=40), null=True, help_text="kinds that come at once; null: the critical ones"
    )

    def lets_through(self, kind: str, severity: str) -> bool:
        """Whether alerts of this kind come at once, also in the quiet hours."""
        return severity == "critical" if self.waking is None else kind in self.waking


class PushDevice(models.Model):
    """A browser that accepts push notifications for a person (Push API: a subscription)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    endpoint = models.URLField(max_length=1000, unique=True, help_text="a capability: who knows it can address it")
    p256dh = models.CharField(max_length=120, help_text="the browser's public key (RFC 8291)")
    auth = models.CharField(max_length=60, help_text="the shared secret of the browser (RFC 8291)")
    name = models.CharField(max_length=60, help_text='for example "Chrome, Android"')
    sessions_version = models.PositiveIntegerField(help_text="the person's; a higher one ends the subscription")
    created_at = models.DateTimeField(default=clock.now)
    reached_at = models.DateTimeField(null=True, help_text="when the push service last accepted a notification")


class PushKey(models.Model):
    """The VAPID key pair of the installation (RFC 8292). There is one row; the private key is sealed (`lib.vault`)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    public_key = models.CharField(max_length=120, help_text="base64url of the uncompressed point")
    sealed_private_key = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="alert_one_push_key")]


class MailServer(models.Model):
    """The mail server through which a workspace's alerts leave. The password is sealed (`lib.vault`)."""

    class Security(models.TextChoices):
        STARTTLS = "starttls"
        TLS = "tls"
        NONE = "none"

    # The value of `problem` until the first attempt after a change of the settings.
    UNTESTED = "untested"

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(max_length=10, choices=Security, default=Security.STARTTLS)
    username = models.CharField(max_length=200, blank=True)
    sealed_password = models.TextField(blank=True)
    sender = models.EmailField()
    problem = models.CharField(max_length=20, blank=True, help_text="the code of the last failure, empty after success")
    problem_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.host
