"""Rules of automatic replies, the mode of each conversation, and the messages that no rule answered."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.autoreply.rules.matching import Closeness
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message, MessageContent
from wabolt.segments.models import Segment


class ReplySettings(models.Model):
    """The settings of automatic replies of a workspace. A workspace without a row has the defaults."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=True, help_text="False: no rule answers; STOP and joining still work")
    silence_minutes = models.PositiveIntegerField(
        default=240, help_text="minutes without automatic replies after a person of the shop wrote"
    )
    away_text = models.TextField(blank=True, help_text="answer outside opening hours; empty: none")
    handover_text = models.TextField(blank=True, help_text='answer to "admin"; empty: the default text')
    version = models.PositiveIntegerField(default=0, help_text="raised with each change of a rule; caches compare it")


class ReplyRule(models.Model):
    """A rule: words that a customer writes, when it answers, and what it does besides. Its answers rotate."""

    class Reach(models.IntegerChoices):
        EXACT = Closeness.EXACT, _("The whole message is one of these words")
        BEGINS = Closeness.BEGINS, _("The message begins with them")
        CONTAINS = Closeness.CONTAINS, _("They are anywhere in the message")
        SIMILAR = Closeness.SIMILAR, _("They are anywhere in the message, also with a typo")

    class When(models.TextChoices):
        ALWAYS = "always", _("Always")
        OPEN = "open", _("In opening hours")
        CLOSED = "closed", _("Outside opening hours")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    phrases = ArrayField(models.CharField(max_length=60), help_text="as typed by the owner")
    reach = models.PositiveSmallIntegerField(choices=Reach, default=Reach.SIMILAR)
    when = models.CharField(max_length=10, choices=When, default=When.ALWAYS)
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="+")
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", help_text="only for these contacts"
    )
    tag = models.CharField(max_length=60, blank=True, help_text="label that the contact gets")
    hands_over = models.BooleanField(default=False, help_text="a person answers after this rule")
    position = models.PositiveIntegerField(default=0)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True, help_text="a deleted rule stays for its messages in reports")

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes = [
            models.Index(fields=["workspace", "position"], name="reply_rule_order", condition=Q(deleted_at=None))
        ]

    def __str__(self) -> str:
        return self.name


class ReplyAnswer(models.Model):
    """One answer of a rule, perhaps with a file and a numbered menu. `choices`: [{title, rule}] in order."""

    rule = models.ForeignKey(ReplyRule, models.CASCADE, related_name="answers")
    text = models.TextField(blank=True, help_text="as the owner wrote it, without the lines of the menu")
    content = models.ForeignKey(MessageContent, models.PROTECT, related_name="+", help_text="what is sent")
    choices = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]


class ConversationMode(models.Model):
    """The mode of a conversation: a take-over or hand-back by a member, a suspected machine, the last away text."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="+")
    taken_over_until = models.DateTimeField(null=True)
    taken_over_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    handed_back_at = models.DateTimeField(null=True)
    machine_at = models.DateTimeField(null=True, help_text="when the contact was taken for a machine")
    away_at = models.DateTimeField(null=True, help_text="when the away text was last sent")


class UnansweredMessage(models.Model):
    """A text message that no rule answered. `words`: its plain words, by which likeness is judged."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    message = models.OneToOneField(Message, models.CASCADE, related_name="+")
    words = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, help_text="when a member made a rule of it or hid it")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="unanswered_open", condition=Q(settled_at=None))
        ]
