"""Conversations, the messages in them, and the lanes that carry messages out."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock


class Conversation(models.Model):
    """A contact on a channel: what the inbox shows and what a waiting reply hangs on."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="conversations")
    last_message_at = models.DateTimeField(null=True)
    last_inbound_at = models.DateTimeField(null=True)
    last_text = models.CharField(max_length=200, blank=True)
    unread = models.PositiveIntegerField(default=0)
    seen_id = models.BigIntegerField(
        default=0, db_default=0, help_text="newest message of theirs that a member has seen"
    )
    seen_at = models.DateTimeField(null=True, help_text="when that was")
    told_id = models.BigIntegerField(default=0, db_default=0, help_text="newest one that they know to be read")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "contact"], name="conversation_once")]
        indexes = [
            # The inbox: who has written, the latest first, and those of them whom nobody has looked at yet.
            models.Index(
                fields=["workspace", "-last_inbound_at", "-id"],
                name="conversation_wrote",
                condition=Q(last_inbound_at__isnull=False),
            ),
            models.Index(
                fields=["workspace", "-last_inbound_at", "-id"], name="conversation_unread", condition=Q(unread__gt=0)
            ),
            # Blue ticks that the gateway has not passed on yet.
            models.Index(fields=["channel"], name="conversation_to_tell", condition=Q(seen_id__gt=models.F("told_id"))),
        ]


class Template(models.Model):
    """A message that Meta approves beforehand, as it is known there (`channels.providers.templates`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="templates")
    vendor_id = models.CharField(max_length=60)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=20)
    category = models.CharField(max_length=30, help_text="marketing, utility or authentication, in the vendor's word")
    status = models.CharField(max_length=30, help_text='"approved", "pending", "rejected", "paused" ... "gone"')
    reason = models.CharField(max_length=300, blank=True)
    components = models.JSONField(default=list, help_text="header, body, footer and buttons in the vendor's words")
    synced_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "name", "language"], name="template_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class MediaFile(models.Model):
    """A file that messages carry, inward or outward: stored once however many messages carry it.

    `mime_type` is what the bytes are, never what a name or a sender says. The bytes are compressed already, so the
    column's storage is EXTERNAL (the migration). Reads leave `data` out (`queries.media_file`), joins do too
    (`defer("media__data")`).
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("Picture")
        VIDEO = "video", _("Video")
        AUDIO = "audio", _("Sound")
        DOCUMENT = "document", _("Document")
        STICKER = "sticker", _("Sticker")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64, help_text="of `data`, in hexadecimal")
    kind = models.CharField(max_length=10, choices=Kind)
    mime_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True, help_text="as it was first called; shown for documents")
    size = models.PositiveIntegerField(help_text="of `data`, in bytes")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    data = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)
    kept_at = models.DateTimeField(default=clock.now, help_text="when somebody last stored it: nobody uses it yet")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sha256", "kind", "mime_type"], name="media_file_once")
        ]


class MessageContent(models.Model):
    """A text that many messages share: a Liquid template that is rendered for each at the moment of sending.

    With `template` the vendor's approved message goes out, its variables filled by `parameters` ([[variable, Liquid],
    ...] in reading order); `text` is then how it reads with those in their places.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    text = models.TextField()
    template = models.ForeignKey(Template, models.PROTECT, null=True, related_name="+")
    parameters = models.JSONField(default=list)
    media = models.ForeignKey(
        MediaFile, models.PROTECT, null=True, related_name="+", db_index=False, help_text="`text` is its caption"
    )
    expires_at = models.DateTimeField(null=True, help_text="who has not got it by then gets it no more")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["media"], name="content_media", condition=Q(media__isnull=False))]


class TrackedLink(models.Model):
    """A web address inside a content. The short token of a message carries this id and the message's (rules.links)."""

    content = models.ForeignKey(MessageContent, models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField()
    url = models.URLField(max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "position"], name="tracked_link_once")]


class Message(models.Model):
    """One message of one contact on one channel, inward or outward."""

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
        REPLY = 0  # somebody waits for it
        SERVICE = 1
        BULK = 2

    # A message's row is written five times on its way (state is in every lane index, so no update stays in its page):
    # each index counts. Foreign keys have one only where a read or a deletion in daily life needs it.
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="messages", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction)
    state = models.CharField(max_length=10, choices=State)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.SERVICE)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.BULK)
    origin_kind = models.CharField(max_length=20, help_text='"broadcast", "member", "stop_word", "test" ...')
    origin_id = models.BigIntegerField(null=True)
    content = models.ForeignKey(MessageContent, models.PROTECT, null=True, related_name="+", db_index=False)
    variables = models.JSONField(default=dict, help_text="values fixed at queueing, such as the voucher code")
    text = models.TextField(blank=True, help_text="as the contact sees it; of a content, once it was rendered")
    media = models.ForeignKey(
        MediaFile, models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="what it carries itself; of a content, the content's media goes along",
    )  # fmt: skip
    quoted = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=40, blank=True, help_text="why suppressed, failed, cancelled or unknown")
    detail = models.TextField(blank=True)
    provider_id = models.CharField(max_length=100, null=True)  # noqa: DJ001 - unique only where known
    lane_token = models.BigIntegerField(null=True, help_text="the lease under which the attempt was made")
    not_before = models.DateTimeField(null=True)
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
            # Never twice: one broadcast writes to one contact once, whatever else goes wrong.
            models.UniqueConstraint(
                fields=["origin_id", "contact"], name="message_of_broadcast_once", condition=Q(origin_kind="broadcast")
            ),
        ]
        indexes = [
            # The lane's own: promotions stand apart, because quiet hours and the daily cap close them as a whole.
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
            # Who answered in the days after a broadcast: of what came in alone, which is written once.
            models.Index(
                fields=["workspace", "created_at"],
                include=["contact"],
                name="message_inbound_by_time",
                condition=Q(direction="inbound"),
            ),
            models.Index(fields=["quoted"], name="message_quoted", condition=Q(quoted__isnull=False)),
            models.Index(fields=["media"], name="message_media", condition=Q(media__isnull=False)),
            models.Index(fields=["author"], name="message_author", condition=Q(author__isnull=False)),
        ]


class IncomingFile(models.Model):
    """A file that came with a message, on its way to us: stored with the message, so that nothing can forget it. The
    gateway fetches it beside its sends (`gateway.side`); the bytes become the message's `media`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Loading…")
        DONE = "done", _("Loaded")
        GONE = "gone", _("No longer at WhatsApp. Look on the shop's phone, or ask for it once more.")
        TOO_BIG = "too_big", _("Too big to load here. Look on the shop's phone.")

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="file")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    kind = models.CharField(max_length=10, choices=MediaFile.Kind, help_text="as the sender says")
    mime_type = models.CharField(max_length=100, blank=True, help_text="as the sender says")
    name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True, help_text="in bytes, as the vendor says")
    reference = models.JSONField(default=dict, help_text="what the provider fetches it by; emptied once that is over")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, help_text="null: not asked for any more")
    why = models.CharField(
        max_length=200, blank=True, help_text="what the last try said, for whoever looks for a fault"
    )

    class Meta:
        indexes = [
            models.Index(fields=["channel", "next_try_at"], name="incoming_file_waiting", condition=Q(state="waiting"))
        ]


class Receipt(models.Model):
    """What a phone told about a message, once per kind. It may come before the message knows its provider id."""

    class Kind(models.TextChoices):
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Failed")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    provider_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="receipts")
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(default=clock.now)
    resend_at = models.DateTimeField(null=True, help_text="failed for now: the vendor takes another try from here on")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "provider_id", "kind"], name="receipt_once")]
        indexes = [models.Index(fields=["channel", "provider_id"], name="receipt_unmatched", condition=Q(message=None))]


class Click(models.Model):
    """A visit of a tracked link. Previews and bots are kept and marked, not counted."""

    link = models.ForeignKey(TrackedLink, models.CASCADE, related_name="clicks")
    message = models.ForeignKey(Message, models.CASCADE, related_name="clicks", db_index=False)
    at = models.DateTimeField(default=clock.now)
    is_bot = models.BooleanField(default=False)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["message", "at"], name="click_of_message")]


class Lane(models.Model):
    """The way out of one channel. Exactly one process works it, under a lease whose `token` grows with each holder:
    a holder that froze past its lease finds its token outdated in the same statement that would claim a message."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="lane")
    holder = models.CharField(max_length=100, blank=True)
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
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
