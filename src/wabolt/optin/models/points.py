"""Ways in, their codes, and the people who used them."""

import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.consent.models import Wording
from wabolt.contacts.models import Contact, Tag
from wabolt.lib import clock
from wabolt.media.models import MediaFile


def new_slug() -> str:
    """A part of a public address that cannot be guessed: 8 characters, 48 random bits."""
    return secrets.token_urlsafe(6)


class EntryPoint(models.Model):
    """One way in: what people are promised, what they agree to, and what is noted about those who join."""

    class Kind(models.TextChoices):
        QR = "qr", _("QR code")
        FORM = "form", _("Form")
        LINK = "link", _("Link page")
        EVENT = "event", _("Event")
        CHAT = "chat", _("Offered in a chat")
        GIVEAWAY = "giveaway", _("Giveaway")

    class Embedding(models.TextChoices):
        NOWHERE = "nowhere", _("On no other website")
        LISTED = "listed", _("On these websites")
        ANYWHERE = "anywhere", _("On any website")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="entry_points")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=100, help_text="for the shop's own pages")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", help_text="the number that people write to")
    slug = models.CharField(max_length=12, unique=True, default=new_slug, help_text="of the public page")
    language = models.CharField(max_length=5, default="id", help_text="of the public page and the answer")
    greeting = models.CharField(max_length=120, help_text="the customer's first message, before the code")
    headline = models.CharField(max_length=120, blank=True)
    description = models.TextField(max_length=1000, blank=True)
    incentive = models.CharField(max_length=200, blank=True, help_text="one sentence, as it is printed")
    thanks = models.TextField(max_length=1000, blank=True, help_text="the answer to a new member; blank: the default")
    picture = models.ForeignKey(MediaFile, models.PROTECT, null=True, blank=True, related_name="+")
    logo = models.ForeignKey(MediaFile, models.PROTECT, null=True, blank=True, related_name="+")
    colour = models.CharField(max_length=7, default="#4f3cc9", help_text="#rrggbb")
    marketing_wording = models.ForeignKey(Wording, models.PROTECT, related_name="+")
    service_wording = models.ForeignKey(Wording, models.PROTECT, null=True, blank=True, related_name="+")
    questions = models.JSONField(default=list, help_text="see `questions.asked_questions`")
    voucher_percent = models.PositiveSmallIntegerField(default=0, help_text="0: no voucher")
    voucher_days = models.PositiveSmallIntegerField(default=14)
    shown_code = models.CharField(
        max_length=30, blank=True, help_text="one promotion code for all, shown as soon as the form was sent"
    )
    embedding = models.CharField(max_length=10, choices=Embedding, default=Embedding.NOWHERE)
    embedding_sites = models.JSONField(default=list, help_text="origins that may show the page in a frame")
    tags: "models.ManyToManyField[Tag, models.Model]" = models.ManyToManyField(Tag, related_name="+", blank=True)
    fields = models.JSONField(default=dict, help_text="custom fields that joining sets: {Field.key: value}")
    then = models.JSONField(
        default=list, db_default=[], help_text="contact actions after joining, as `ActionCall` stores them"
    )
    active_from = models.DateTimeField(null=True, blank=True)
    active_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="closed by a member; null: open")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="entry_point_newest")]

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime) -> bool:
        """Whether people can join at this time."""
        if self.closed_at or self.archived_at or (self.active_from and at < self.active_from):
            return False
        return self.active_until is None or at < self.active_until

    def opens_later(self, at: datetime) -> bool:
        """Whether people can join at a later time, which the shop has set."""
        return not (self.closed_at or self.archived_at) and self.active_from is not None and at < self.active_from


class PageLink(models.Model):
    """A link of the shop on the page of an entry point."""

    point = models.ForeignKey(EntryPoint, models.CASCADE, related_name="links")
    title = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    icon = models.CharField(max_length=30, help_text="a name of the icon sprite")
    position = models.PositiveSmallIntegerField()
    taps = models.PositiveBigIntegerField(default=0, help_text="by people; programs are not counted")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["point", "position"], name="page_link_order", deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.title


class Placement(models.Model):
    """A placement of an entry point, with its code: a branch, a medium and a member of staff.

    A code belongs to one version of the text about promotions. When the text changes, each placement gets a new row
    with a new code. The row before it stays, for prints and links with the former text.
    """

    class Medium(models.TextChoices):
        POSTER = "poster", _("Poster")
        TABLE = "table", _("Table tent")
        CARD = "card", _("Card")
        STICKER = "sticker", _("Sticker on the packaging")
        TILL = "till", _("Till")
        WEBSITE = "website", _("Website")
        INSTAGRAM = "instagram", _("Instagram")
        TIKTOK = "tiktok", _("TikTok")
        FACEBOOK = "facebook", _("Facebook")
        CHAT = "chat", _("WhatsApp chat")
        OTHER = "other", _("Other")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    point = models.ForeignKey(EntryPoint, models.CASCADE, related_name="placements")
    code = models.CharField(max_length=6, help_text="rules.codes")
    branch = models.CharField(max_length=80, blank=True)
    medium = models.CharField(max_length=10, choices=Medium, default=Medium.OTHER)
    staff = models.CharField(max_length=80, blank=True)
    wording = models.ForeignKey(
        Wording, models.PROTECT, related_name="+", help_text="the text about promotions that is shown with this code"
    )
    created_at = models.DateTimeField(default=clock.now)
    printed_at = models.DateTimeField(null=True, blank=True, help_text="when a file to print was last made")
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="null: the present code of its placement")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="placement_code_once"),
            models.UniqueConstraint(
                fields=["point", "branch", "medium", "staff"],
                condition=Q(replaced_at=None),
                name="placement_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Entry(models.Model):
    """A person at an entry point. A submitted form is `pending` until the customer's message with its code arrives.

    A message that carries the code of a placement is confirmed at once. `message` is the evidence.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for the message")
        CONFIRMED = "confirmed", _("Joined")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    point = models.ForeignKey(EntryPoint, models.CASCADE, related_name="entries")
    placement = models.ForeignKey(Placement, models.CASCADE, related_name="entries")
    code = models.CharField(max_length=8, null=True, help_text="of a submitted form")  # noqa: DJ001 - unique
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    answers = models.JSONField(default=dict, help_text="what the form said: {question key: text}")
    marketing = models.BooleanField(default=False, help_text="the box for promotions was ticked")
    service = models.BooleanField(default=False, help_text="the box for service messages was ticked")
    marketing_wording = models.ForeignKey(Wording, models.PROTECT, related_name="+")
    service_wording = models.ForeignKey(Wording, models.PROTECT, null=True, related_name="+")
    form_key = models.UUIDField(null=True, unique=True, help_text="made by the form: a double submit is one entry")
    created_at = models.DateTimeField(default=clock.now)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="+")
    message_id = models.BigIntegerField(null=True, help_text="messaging.Message: the customer's message with the code")
    confirmed_at = models.DateTimeField(null=True)
    newly_granted = models.BooleanField(default=False, help_text="joining recorded a permission that was not there")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="entry_form_code_once"),
            models.UniqueConstraint(fields=["point", "contact"], name="entry_once_per_person"),
            models.CheckConstraint(
                condition=Q(state="pending", contact=None, confirmed_at=None)
                | Q(state="confirmed", contact__isnull=False, message_id__isnull=False, confirmed_at__isnull=False),
                name="entry_confirmed_by_message",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="entry_pending", condition=Q(state="pending")),
            models.Index(fields=["contact"], name="entry_of_contact", include=["point", "placement", "confirmed_at"]),
            models.Index(fields=["workspace", "confirmed_at"], name="entry_by_time", condition=Q(state="confirmed")),
        ]

    def __str__(self) -> str:
        return f"{self.point_id}:{self.contact_id or self.code}"


class Offer(models.Model):
    """The list was offered to a contact in a service chat. The customer's YES is an Entry of the same entry point."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    point = models.ForeignKey(EntryPoint, models.CASCADE, related_name="offers")
    wording = models.ForeignKey(Wording, models.PROTECT, related_name="+", help_text="the text in the offer")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    offered_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, help_text="when the customer said yes")
