"""Lanes that carry messages out, what holds them back, tracked links, and what a message costs."""

from datetime import datetime

from django.db import models

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.leased import Leased
from wabolt.messaging.store.models import Message, MessageContent


class Lane(Leased):
    """The way out of one channel. Exactly one process works it, under a lease (`lib.lease`): a holder that froze past
    its lease finds its token outdated in the same statement that would claim a message."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="lane")
    paused_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=60, blank=True)
    resume_at = models.DateTimeField(null=True, help_text="when a pause ends by itself")
    next_send_at = models.DateTimeField(null=True, help_text="pace: no bulk message before this moment")
    retry_at = models.DateTimeField(null=True, help_text="the provider asked for a rest: nothing at all before this")
    day = models.DateField(null=True, help_text="the workspace's day that `sent_today` counts")
    sent_today = models.PositiveIntegerField(default=0, help_text="promotional messages attempted on `day`")

    def is_paused(self, now: datetime) -> bool:
        """Whether it stands still. A pause that has ended by itself counts no more, though its row may still say so:
        it is cleared by the next batch."""
        return self.paused_at is not None and (self.resume_at is None or self.resume_at > now)


class PausedOrigin(models.Model):
    """Whoever queued these messages wants them to wait: one row stops a million, and taking it away lets them go."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    origin_kind = models.CharField(max_length=20)
    origin_id = models.BigIntegerField()
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin_kind", "origin_id"], name="paused_origin_once")]


class TrackedLink(models.Model):
    """A web address inside a content. The short token of a message carries this id and the message's (rules.links)."""

    content = models.ForeignKey(MessageContent, models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField()
    url = models.URLField(max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "position"], name="tracked_link_once")]


class Click(models.Model):
    """A visit of a tracked link. Previews and bots are kept and marked, not counted.

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
    """What a message of a vendor's category costs this shop, as its owner entered it; without a row the default of the
    settings counts."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    category = models.CharField(max_length=30)
    amount = models.PositiveIntegerField(help_text="in the smallest unit of the currency")
    currency = models.CharField(max_length=3, default="IDR")
    as_of = models.DateField(help_text="the day from which the owner says it holds")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "category"], name="price_rate_once")]


class MessagePrice(models.Model):
    """What a vendor charges for one message: its category as a status told, and the amount of our table at that
    moment. It is owed once the message was delivered."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="price")
    category = models.CharField(max_length=30)
    is_billable = models.BooleanField()
    amount = models.PositiveIntegerField(help_text="in the smallest unit; 0 when not billable")
    currency = models.CharField(max_length=3)
    told_at = models.DateTimeField()
