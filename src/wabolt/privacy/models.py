"""Requests about personal data and their answers, the privacy settings of a shop, retention, and breaches."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.privacy.rules import deadline_of
from wabolt.segments.models import Segment


def new_slug() -> str:
    """A part of a public address that cannot be guessed: 8 characters, 48 random bits."""
    return secrets.token_urlsafe(6)


class PrivacySettings(models.Model):
    """The texts of the public privacy page and the letters of a shop, and the words of requests in a chat."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    slug = models.CharField(max_length=12, unique=True, default=new_slug, help_text="of the public pages")
    business_name = models.CharField(max_length=120, blank=True, help_text="blank: the name of the shop")
    address = models.CharField(max_length=300, blank=True)
    contact_person = models.CharField(max_length=120, blank=True, help_text="who answers questions about data")
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    processors = models.TextField(max_length=2000, blank=True, help_text="one a line: who else works with the data")
    extra = models.TextField(max_length=4000, blank=True, help_text="the shop's own paragraph")
    agency_name = models.CharField(max_length=200, blank=True, help_text="addressee of the letter about a breach")
    agency_address = models.CharField(max_length=300, blank=True)
    words = models.JSONField(default=dict, help_text="{kind of request: [words]}; a missing kind has the default words")
    updated_at = models.DateTimeField(default=clock.now)


class DataRequest(models.Model):
    """A request of a person about their own data. It has to be answered within `rules.DEADLINE`."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("See the data")
        CORRECTION = "correction", _("Correct the data")
        RESTRICTION = "restriction", _("Do not use the data for now")
        OBJECTION = "objection", _("Object to promotions and profiling")
        ERASURE = "erasure", _("Erase the data")

    class Source(models.TextChoices):
        CHAT = "chat", _("Wrote in the chat")
        FORM = "form", _("Filled in the form")
        STAFF = "staff", _("Written down by the team")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("request", "Open")
        ERASING = "erasing", _("Being erased")
        ANSWERED = "answered", pgettext_lazy("request", "Answered")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        CANCELLED = "cancelled", pgettext_lazy("request", "Taken back")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.CharField(max_length=10, choices=Source)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    details = models.TextField(max_length=1000, blank=True, help_text="what the person said")
    message_id = models.BigIntegerField(null=True, help_text="messaging.Message: the message that asked")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="+", help_text="the chat that asked")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", help_text="the member who answers")
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    erase_at = models.DateTimeField(null=True, help_text="latest start of the erasure; the last message goes out first")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind"], condition=Q(state__in=("open", "erasing")), name="data_request_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "erasing"), closed_at=None)
                | Q(state__in=("answered", "refused", "cancelled"), closed_at__isnull=False),
                name="data_request_closed_with_time",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="data_request_newest"),
            models.Index(fields=["opened_at"], name="data_request_waiting", condition=Q(state__in=("open", "erasing"))),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def due_at(self) -> datetime:
        """The end of the time in which the law wants an answer."""
        return deadline_of(self.opened_at)

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.OPEN, self.State.ERASING}


class RequestStep(models.Model):
    """One entry of the history of a request. An erasure empties the texts; what was done and when stays."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Received")
        ASKED_AGAIN = "asked_again", _("Asked again")
        ASSIGNED = "assigned", _("Taken over")
        NOTED = "noted", _("Note")
        PACKED = "packed", _("Copy made")
        SENT = "sent", _("Message queued")
        DOWNLOADED = "downloaded", _("Copy downloaded by the person")
        CORRECTED = "corrected", _("Data corrected")
        RESTRICTED = "restricted", _("Use of the data stopped")
        LIFTED = "lifted", _("Use of the data allowed again")
        OBJECTED = "objected", _("Promotions stopped")
        ERASING = "erasing", _("Erasure confirmed")
        ERASED = "erased", _("Data erased")
        REFUSED = "refused", pgettext_lazy("step", "Refused")
        CANCELLED = "cancelled", pgettext_lazy("step", "Taken back by the person")

    request = models.ForeignKey(DataRequest, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    actor = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", help_text="null: the person or WABolt"
    )
    note = models.TextField(max_length=1000, blank=True)
    message_id = models.BigIntegerField(null=True, help_text="messaging.Message that was queued")
    at = models.DateTimeField(default=clock.now)


class DataExport(models.Model):
    """A copy of a person's data, for a request for access. Its link works once, then its bytes are deleted."""

    request = models.ForeignKey(DataRequest, models.CASCADE, related_name="exports")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token in the link")
    data = models.BinaryField(help_text="ZIP; emptied after the download or the end")
    size = models.PositiveIntegerField()
    left_out = models.JSONField(default=list, help_text="keys of sections that were left out, because of other people")
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, help_text="first download; it may be repeated for a short time")


class RequestTicket(models.Model):
    """A filled-in public form. The message with its code makes it a request; until then nothing is sent."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    code = models.CharField(max_length=8)
    kind = models.CharField(max_length=12, choices=DataRequest.Kind)
    details = models.TextField(max_length=1000, blank=True)
    form_key = models.UUIDField(unique=True, help_text="made by the form: a double submit is one ticket")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "code"], name="request_ticket_once")]
        indexes = [models.Index(fields=["created_at"], name="request_ticket_old")]


class RetentionRule(models.Model):
    """The time for which a shop keeps one class of data (`lib.retention`). Without a row the class is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=40, help_text="lib.retention")
    months = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="retention_rule_once")]


class RetentionRun(models.Model):
    """One pass over a class of data. Its progress commits with each batch, so a killed pass goes on where it was."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=40)
    before = models.DateTimeField(help_text="older data goes")
    position = models.BigIntegerField(default=0, help_text="id of the last row that was looked at")
    removed = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=Q(finished_at=None), name="retention_run_one_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["workspace", "-started_at"], name="retention_run_newest")]


class ErasureNotice(models.Model):
    """The notice to an address outside that a contact is erased whose data it got. A row of a durable queue: the
    attempt commits before the call, so a notice arrives at least once, with the same `uid` each time."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("notice", "Waiting")
        DELIVERED = "delivered", pgettext_lazy("notice", "Delivered")
        FAILED = "failed", pgettext_lazy("notice", "Failed")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", help_text="whose id the address knows")
    request = models.ForeignKey(DataRequest, models.SET_NULL, null=True, related_name="notices")
    address = models.CharField(max_length=2000)
    uid = models.UUIDField(unique=True, default=uuid.uuid4, help_text="the header webhook-id")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="next attempt")
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=20, blank=True, help_text="of the last attempt: a status or rules.PROBLEMS")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="erasure_notice_due", condition=Q(state="waiting")),
            models.Index(fields=["workspace", "-id"], name="erasure_notice_newest"),
        ]


class Breach(models.Model):
    """A failure to protect personal data, and what its two letters say (UU PDP, article 46)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    known_at = models.DateTimeField(default=clock.now, help_text="when the shop learned of it: the clock starts")
    happened_from = models.DateTimeField(null=True, blank=True)
    happened_until = models.DateTimeField(null=True, blank=True)
    cause = models.TextField(max_length=2000, blank=True, help_text="what happened and how")
    categories = models.JSONField(default=list, help_text="kinds of data, keys of rules.CATEGORIES")
    people = models.PositiveIntegerField(null=True, blank=True, help_text="how many people, as far as known")
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, blank=True, related_name="+")
    risk = models.TextField(max_length=2000, blank=True, help_text="what may follow for the people")
    measures = models.TextField(max_length=2000, blank=True, help_text="what was done and will be done")
    advice = models.TextField(max_length=1000, blank=True, help_text="what the people can do themselves")
    agency_told_at = models.DateTimeField(null=True)
    people_told_at = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True, help_text="when a member started the messages to the people")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="breach_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def due_at(self) -> datetime:
        """The end of the time in which the law wants both letters."""
        return deadline_of(self.known_at)

    @property
    def is_open(self) -> bool:
        return self.agency_told_at is None or self.people_told_at is None


EXPORT_VALID_FOR = timedelta(days=7)
"""Time for which the link to a copy works."""
