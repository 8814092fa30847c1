"""Rules of automatic replies, chat forms, the mode of each conversation, and the messages that no rule answered."""

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
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="only on these days, 0: Monday; empty: all"
    )
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="+")
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", help_text="only for these contacts"
    )
    then = models.JSONField(default=list, help_text="contact actions, as `contacts.registry.ActionCall` stores them")
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


class ChatForm(models.Model):
    """A chat form: questions that a customer answers one at a time. Its questions are in `ChatFormVersion`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=0, help_text="number of the version that new conversations get")
    is_on = models.BooleanField(default=True, help_text="False: nobody is asked any more; open conversations go on")
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True, help_text="a deleted form stays for the answers that it got")

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes = [models.Index(fields=["workspace", "name"], name="chat_form_name", condition=Q(deleted_at=None))]

    def __str__(self) -> str:
        return self.name


class ChatFormVersion(models.Model):
    """The questions of a chat form. A version never changes: a person inside goes on with the version of the start."""

    form = models.ForeignKey(ChatForm, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    intro = models.TextField(blank=True, help_text="Liquid; goes before the first question")
    thanks = models.TextField(blank=True, help_text="Liquid; the last message. Empty: the default text")
    questions = models.JSONField(help_text="see `rules.asking.Question.stored`")
    then = models.JSONField(default=list, help_text="contact actions after the last answer")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="chat_form_version_once")]


class ChatFormRun(models.Model):
    """One person's way through a chat form.

    `pending` holds the texts that arrived since the question. They are read together at `due_at`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Is being asked")
        FINISHED = "finished", _("Answered everything")
        CANCELLED = "cancelled", _("Stopped by the customer")
        HANDED_OVER = "handed_over", _("Went to a person")
        EXPIRED = "expired", _("No answer")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    version = models.ForeignKey(ChatFormVersion, models.PROTECT, related_name="runs")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    step = models.PositiveSmallIntegerField(default=0, help_text="place of the open question, counted from 0")
    retries = models.PositiveSmallIntegerField(default=0, help_text="how often the open question was asked again")
    sent = models.PositiveSmallIntegerField(default=0, help_text="messages so far; numbers their idempotency keys")
    answers = models.JSONField(default=dict, help_text="{key of the question: value}")
    pending = models.JSONField(default=list, help_text="[[id of the message, its text]] since the question")
    due_at = models.DateTimeField(null=True, help_text="when `pending` is read")
    burst_at = models.DateTimeField(null=True, help_text="when the first message of `pending` arrived")
    asked_at = models.DateTimeField(default=clock.now, help_text="when the open question was last asked")
    started_at = models.DateTimeField(default=clock.now)
    started_by = models.CharField(max_length=20, help_text="origin kind: auto_reply, member, entry_point, journey ...")
    start_key = models.CharField(max_length=80, blank=True, help_text="idempotency key of the start, per contact")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation"], name="chat_form_run_open_once", condition=Q(ended_at=None))
        ]
        indexes = [
            models.Index(fields=["due_at"], name="chat_form_run_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["asked_at"], name="chat_form_run_open", condition=Q(ended_at=None)),
            models.Index(fields=["version", "-started_at"], name="chat_form_run_newest"),
        ]
