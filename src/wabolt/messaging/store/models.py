"""Conversations and the messages in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.media.models import MediaFile


class Conversation(models.Model):
    """The conversation of a contact on a channel."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="conversations")
    last_message_at = models.DateTimeField(null=True)
    last_inbound_at = models.DateTimeField(null=True)
    last_text = models.CharField(max_length=200, blank=True)
    unread = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="inbound messages since a member last answered or marked the conversation as done",
    )
    seen_id = models.BigIntegerField(
        default=0, db_default=0, help_text="id of the newest inbound message that a member has seen"
    )
    seen_at = models.DateTimeField(null=True, help_text="when `seen_id` last changed")
    told_id = models.BigIntegerField(
        default=0, db_default=0, help_text="id of the newest inbound message with a read receipt from us"
    )
    dialog_kind = models.CharField(
        max_length=40, blank=True, db_default="", help_text="name of the responder that waits for an answer"
    )
    dialog_data = models.JSONField(default=dict, db_default={}, help_text="state of that responder")
    dialog_until = models.DateTimeField(null=True, help_text="end of the dialog")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "contact"], name="conversation_once")]
        indexes = [
            # The inbox: conversations with an inbound message, newest first, and those that wait for an answer.
            models.Index(
                fields=["workspace", "-last_inbound_at", "-id"],
                name="conversation_wrote",
                condition=Q(last_inbound_at__isnull=False),
            ),
            models.Index(
                fields=["workspace", "-last_inbound_at", "-id"],
                name="conversation_waiting",
                condition=Q(unanswered__gt=0),
            ),
            # Read receipts that the gateway has not sent yet.
            models.Index(fields=["channel"], name="conversation_to_tell", condition=Q(seen_id__gt=models.F("told_id"))),
        ]


class MessageContent(models.Model):
    """A text that many messages share: a Liquid template that is rendered for each message when it is sent.

    With `template` the vendor's approved template is sent, with its variables filled by `parameters` ([[variable,
    Liquid], ...] in reading order). `text` is then the whole text with the Liquid in place.
    """

    class Class(models.TextChoices):
        VALUE = "value", _("Useful content")
        PROMOTION = "promotion", _("Promotion")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    text = models.TextField()
    template = models.ForeignKey("messaging.Template", models.PROTECT, null=True, related_name="+")
    parameters = models.JSONField(default=list)
    media = models.ForeignKey(
        MediaFile,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="the file; `text` is its caption",
    )
    expires_at = models.DateTimeField(null=True, help_text="messages that are still queued then are cancelled")
    content_class = models.CharField(
        max_length=10, choices=Class, default=Class.PROMOTION, db_default="promotion",
        help_text="side of the 80/20 rule on which its messages count",
    )  # fmt: skip
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["media"], name="content_media", condition=Q(media__isnull=False))]


class Message(models.Model):
    """A message of one contact on one channel, inbound or outbound."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")  # every inbound message
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")  # the attempt is committed, its result is not yet
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Failed")
        SUPPRESSED = "suppressed", _("Not sent")
        CANCELLED = "cancelled", _("Cancelled")
        UNKNOWN = "unknown", _("Not certain")

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Promotion")
        SERVICE = "service", _("Service")

    class Priority(models.IntegerChoices):
        REPLY = 0  # a customer waits for it
        SERVICE = 1
        CART = 2  # the order in which promotions use up the caps of a contact: a left cart, a birthday, all others
        BIRTHDAY = 3
        BULK = 4

    # The row of a message is updated five times, and no update is HOT because `state` is in every index of the lane. So
    # every index is expensive. A foreign key has one only if a frequent read or deletion needs it.
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="messages", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction)
    state = models.CharField(max_length=10, choices=State)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.SERVICE)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.BULK)
    origin_kind = models.CharField(max_length=20, help_text='"broadcast", "member", "stop_word", "test" ...')
    origin_id = models.BigIntegerField(null=True)
    idempotency_key = models.CharField(  # noqa: DJ001 - unique only where there is one
        max_length=120, null=True, help_text="null: origin kind, origin id and contact are the key"
    )
    content = models.ForeignKey(MessageContent, models.PROTECT, null=True, related_name="+", db_index=False)
    variables = models.JSONField(default=dict, help_text="values for the text, fixed at queueing (voucher code)")
    choices = models.JSONField(default=list, db_default=[], help_text="reply buttons: [{id, title, description}]")
    choices_label = models.CharField(
        max_length=40, blank=True, db_default="", help_text="label of the button that opens the choices"
    )
    to_strangers = models.BooleanField(default=False, db_default=False, help_text="also for contacts who never wrote")
    to_phone = models.CharField(
        max_length=20, blank=True, db_default="", help_text="E.164; a test send goes to this number, not to the contact"
    )
    text = models.TextField(blank=True, help_text="text that the contact sees; with `content`: empty until rendered")
    media = models.ForeignKey(
        MediaFile, models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="the message's own file; without one, the content's file is sent",
    )  # fmt: skip
    quoted = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    in_reply_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", db_index=False,
        help_text="inbound: our message that it replies to, as defined in inbound/replies.py",
    )  # fmt: skip
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=40, blank=True, help_text="why suppressed, failed, cancelled or unknown")
    detail = models.TextField(blank=True)
    provider_id = models.CharField(max_length=100, null=True)  # noqa: DJ001 - unique only where known
    lane_token = models.BigIntegerField(null=True, help_text="the lease under which the attempt was made")
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(
        null=True, help_text="cancelled if still queued then; the content may have an own end"
    )
    created_at = models.DateTimeField(default=clock.now)
    attempted_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "provider_id"],
                name="message_provider_id_once",
                condition=Q(provider_id__isnull=False),
            ),
            # Idempotency: the database refuses the second message with the same key. The derived key consists of
            # these columns and not of a text, so that it still holds after two contacts were merged.
            models.UniqueConstraint(
                fields=["origin_id", "contact", "origin_kind"],
                name="message_of_origin_once",
                condition=Q(direction="outbound", origin_id__isnull=False, idempotency_key__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["workspace", "idempotency_key"],
                name="message_key_once",
                condition=Q(idempotency_key__isnull=False),
            ),
            models.CheckConstraint(
                name="message_has_key",
                condition=Q(direction="inbound")
                | Q(origin_kind="phone")
                | Q(origin_id__isnull=False)
                | Q(idempotency_key__isnull=False),
            ),
        ]
        indexes = [
            # The lane's index: promotions are separate, because quiet hours and the daily cap stop all of them.
            models.Index(
                fields=["channel", "purpose", "priority", "id"],
                name="message_lane",
                condition=Q(state="queued", not_before=None),
            ),
            models.Index(
                fields=["channel", "not_before"],
                name="message_deferred",
                condition=Q(state="queued", not_before__isnull=False),
            ),
            models.Index(fields=["channel", "id"], name="message_in_flight", condition=Q(state="sending")),
            models.Index(fields=["contact", "id"], name="message_of_contact"),
            models.Index(
                fields=["contact", "attempted_at"],
                name="message_cap",
                condition=Q(purpose="marketing", attempted_at__isnull=False),
            ),
            models.Index(
                fields=["origin_kind", "origin_id", "state"],
                name="message_of_origin",
                condition=Q(origin_id__isnull=False),
            ),
            models.Index(fields=["quoted"], name="message_quoted", condition=Q(quoted__isnull=False)),
            models.Index(fields=["in_reply_to"], name="message_in_reply_to", condition=Q(in_reply_to__isnull=False)),
            models.Index(fields=["media"], name="message_media", condition=Q(media__isnull=False)),
            models.Index(fields=["author"], name="message_author", condition=Q(author__isnull=False)),
        ]
