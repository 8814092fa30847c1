"""Connected numbers and the raw events that providers stored for them."""

from datetime import time

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.channels.providers.cloud.models import CloudAccount
from wabolt.channels.providers.linked.models import ChannelCommand, LinkedNumber, NumberCheck, OldChat
from wabolt.channels.providers.simulator.models import (
    PlayedPhone,
    SimulatedDelivery,
    SimulatedEvent,
    SimulatedFile,
    SimulatedReply,
)
from wabolt.lib import clock


class Channel(models.Model):
    """A connected WhatsApp number with its pace and limits."""

    class State(models.TextChoices):
        NEW = "new", _("Not connected yet")
        CONNECTING = "connecting", _("Connecting")
        CONNECTED = "connected", _("Connected")
        OFFLINE = "offline", _("Offline")
        LOGGED_OUT = "logged_out", _("Unlinked")
        BANNED = "banned", _("Banned")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="channels")
    provider = models.CharField(max_length=20, help_text="a key of channels.providers.registry")
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    state_detail = models.JSONField(default=dict)
    state_since = models.DateTimeField(default=clock.now)
    linked_at = models.DateTimeField(null=True, help_text="day one of the warm-up plan")
    messages_per_minute = models.PositiveIntegerField(default=8)
    jitter_percent = models.PositiveSmallIntegerField(default=40)
    daily_cap = models.PositiveIntegerField(default=200)
    warm_up = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=time(20, 0), help_text="workspace time; promotional messages wait from here")
    quiet_until = models.TimeField(default=time(8, 0))
    cap_per_day = models.PositiveSmallIntegerField(default=1, help_text="promotional messages a contact a day")
    cap_per_week = models.PositiveSmallIntegerField(default=3)
    shows_reading = models.BooleanField(
        default=True, db_default=True, help_text="people see when a member has read them, and that an answer is typed"
    )
    options = models.JSONField(default=dict, help_text="what only this channel's provider reads")
    created_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class RawEvent(models.Model):
    """An event as the vendor sent it. It is committed before it is acknowledged and before it is parsed."""

    MAX_ATTEMPTS = 5
    """Number of attempts to process an event. After the last one it is skipped until a member retries it."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    dedupe_key = models.CharField(  # noqa: DJ001 - an event without an id is no duplicate of another one
        max_length=200, null=True, help_text="the provider's own id of this event"
    )
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["channel", "id"], name="raw_event_waiting", condition=Q(processed_at=None)),
            models.Index(fields=["channel"], name="raw_event_wrong", condition=~Q(error="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "dedupe_key"], name="raw_event_once", condition=Q(dedupe_key__isnull=False)
            )
        ]


__all__ = [
    "Channel",
    "ChannelCommand",
    "CloudAccount",
    "LinkedNumber",
    "NumberCheck",
    "OldChat",
    "PlayedPhone",
    "RawEvent",
    "SimulatedDelivery",
    "SimulatedEvent",
    "SimulatedFile",
    "SimulatedReply",
]
