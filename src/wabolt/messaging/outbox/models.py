"""Lanes, pauses, tracked links and clicks, and prices."""

from datetime import datetime

from django.db import models

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.leased import Leased
from wabolt.messaging.store.models import Message, MessageContent


class Lane(Leased):
    """The outbox of one channel. Exactly one process works it under a lease (`lib.lease`); the fencing token is checked
    in the statement that claims messages."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="lane")
    paused_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=60, blank=True)
    resume_at = models.DateTimeField(null=True, help_text="automatic end of a pause")
    next_send_at = models.DateTimeField(null=True, help_text="pace: no bulk message before this moment")
    retry_at = models.DateTimeField(null=True, help_text="the provider asked for a pause: nothing is sent before")
    day = models.DateField(null=True, help_text="the workspace's day that `sent_today` counts")
    sent_today = models.PositiveIntegerField(default=0, help_text="promotional messages attempted on `day`")

    def is_paused(self, now: datetime) -> bool:
        """Whether the lane is paused. A pause that has ended does not count; the next batch clears it."""
        return self.paused_at is not None and (self.resume_at is None or self.resume_at > now)


class PausedOrigin(models.Model):
    """A pause of all messages of one origin: one row pauses any number, and deleting it releases them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    origin_kind = models.CharField(max_length=20)
    origin_id = models.BigIntegerField()
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin_kind", "origin_id"], name="paused_origin_once")]


class TrackedLink(models.Model):
    """A URL in a content. The token in a message holds this id and the message's id (`personalization.rules.links`)."""

    content = models.ForeignKey(MessageContent, models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField()
    url = models.URLField(max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "position"], name="tracked_link_once")]


class Click(models.Model):
    """A visit of a tracked link. Visits of link previews and bots are stored and marked, but not counted.

    `contact` is the person who got the message; a merge changes it.
    """

    link = models.ForeignKey(TrackedLink, models.CASCADE, related_name="clicks")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="clicks", db_index=False)
    at = models.DateTimeField(default=clock.now)
    is_bot = models.BooleanField(default=False)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["message", "at"], name="click_of_message"),
            models.Index(fields=["contact", "at"], name="click_of_contact", condition=models.Q(is_bot=False)),
        ]


class PriceRate(models.Model):
    """The price of a message in a vendor's category, as the owner entered it; without a row the default of the settings
    applies."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    category = models.CharField(max_length=30)
    amount = models.PositiveIntegerField(help_text="in the smallest unit of the currency")
    currency = models.CharField(max_length=3, default="IDR")
    as_of = models.DateField(help_text="first day of the price, as the owner entered it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "category"], name="price_rate_once")]


class MessagePrice(models.Model):
    """The price of one message: the category that a status reported, and the amount of our table at that time. It is
    owed once the message was delivered."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="price")
    category = models.CharField(max_length=30)
    is_billable = models.BooleanField()
    amount = models.PositiveIntegerField(help_text="in the smallest unit; 0 when not billable")
    currency = models.CharField(max_length=3)
    told_at = models.DateTimeField()
