"""Connected numbers and what the outside world told us through them."""

from datetime import time

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.lib import clock


class Channel(models.Model):
    """A connected WhatsApp number and how gently it must be treated."""

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
    """What the outside told us, stored before anything is acknowledged or understood."""

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


class SimulatedDelivery(models.Model):
    """What a simulated phone received. It is the sink of the tests too: every call of `send` leaves a row here,
    also a second one of the same `ref`, which is how a doubled message would be seen."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    ref = models.CharField(max_length=64)
    phone = models.CharField(max_length=20)
    text = models.TextField()
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, help_text="when somebody playing this phone opened the chat")
    file_key = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="of the SimulatedFile that `text` stands under"
    )

    class Meta:
        indexes = [models.Index(fields=["channel", "phone", "id"], name="simulated_phone_screen")]


class SimulatedFile(models.Model):
    """A file that lies in the simulated world, until somebody fetches it by its key."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    mime_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    data = models.BinaryField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="simulated_file_once")]


class SimulatedReply(models.Model):
    """What a simulated phone wrote. `key` is the provider id under which our side will know the message, and the key
    of the file that came with it, if any."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    phone = models.CharField(max_length=20)
    text = models.TextField()
    quoted_ref = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, help_text="when our side collected it: the second tick")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="simulated_reply_once")]
        indexes = [models.Index(fields=["channel", "phone", "id"], name="simulated_reply_screen")]


class PlayedPhone(models.Model):
    """A simulated phone in the hand of a person: it receives, and does nothing else by itself."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "phone"], name="played_phone_once")]


class SimulatedEvent(models.Model):
    """Something a simulated phone will do at `due_at`; the world outside keeps it, whatever happens to our process."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["channel", "due_at"], name="simulated_event_due")]


class CloudAccount(models.Model):
    """What a channel over Meta's Cloud API needs to speak for its number. The three secrets are sealed with a key that
    is not in the database (`providers.cloud.vault`); nothing of this row belongs into an export."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="cloud_account")
    phone_number_id = models.CharField(max_length=40, help_text="Meta's id of the number, not the number")
    waba_id = models.CharField(max_length=40, help_text="WhatsApp Business account: templates belong to it")
    sealed_token = models.TextField()
    sealed_app_secret = models.TextField()
    sealed_verify_token = models.TextField()
    display_name = models.CharField(max_length=200, blank=True, help_text="as Meta verified it")
    quality = models.CharField(max_length=20, blank=True, help_text="green, yellow, red or unknown")
    tier = models.CharField(max_length=40, blank=True, help_text="Meta's limit of people a day, in Meta's word")
    problem = models.CharField(max_length=40, blank=True, help_text="what the last test found, a word of ours")
    problem_detail = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["phone_number_id"], name="cloud_account_number")]


class LinkedNumber(models.Model):
    """The linked device behind a channel: its address at WhatsApp, how its linking stands, and its profile as last
    seen. The session keys are not here but in the library's own schema."""

    class Stage(models.TextChoices):
        NONE = "", _("Nothing under way")
        STARTING = "starting", _("Starting")
        QR = "qr", _("Waiting for the scan")
        CODE = "code", _("Waiting for the code")
        LINKED = "linked", _("Linked")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="linked_number")
    jid = models.CharField(max_length=60, blank=True, help_text="our device: number:device@s.whatsapp.net; empty: none")
    lid = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=10, choices=Stage, blank=True, default="")
    secret = models.CharField(max_length=500, blank=True, help_text="the QR text or the code, only while it is valid")
    secret_until = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True)
    profile_name = models.CharField(max_length=100, blank=True)
    about = models.CharField(max_length=200, blank=True)
    picture = models.CharField(max_length=100, blank=True, help_text="WhatsApp's id of the picture; empty: none seen")
    picture_data = models.BinaryField(null=True, help_text="that picture, drawn anew as a small JPEG")
    profile_at = models.DateTimeField(null=True)
    phone_ticks = models.JSONField(default=list, help_text="keys of linking.PHONE_STEPS the owner has ticked off")
    phone_known = models.BooleanField(
        default=False, db_default=False, help_text="the shop's phone has said that it gets our messages"
    )
    phone_off_since = models.DateTimeField(null=True, help_text="our first message that the phone is silent about")
    history_until = models.DateTimeField(
        null=True, help_text="OldChat rows are kept until then; null: not asked for, or over"
    )
    history_end = models.CharField(max_length=10, blank=True, help_text='"dropped" or "expired"; empty: neither')
    history_ended_at = models.DateTimeField(null=True)


class OldChat(models.Model):
    """A chat that was there before the link, waiting for its owner's choice: who, how much, when last; never what was
    said. Rows exist only while `LinkedNumber.history_until` allows it, and go when they are chosen or dropped. The
    number's own process writes them (`providers.linked.keeper`)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=64, help_text='"lid:123" where that is known, else "phone:+62812..."')
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    lid = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    messages = models.PositiveIntegerField(help_text="of those that WhatsApp handed over")
    parts = models.JSONField(default=dict, help_text='messages by "kind of sync:piece": a piece told twice counts once')
    last_at = models.DateTimeField(null=True)
    wrote_at = models.DateTimeField(null=True, help_text="the person's own last message; null: none was seen")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="old_chat_once")]


class ChannelCommand(models.Model):
    """What a page asks of a number's process, which only the holder of its lane can talk to."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    asked_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "id"], name="channel_command_open", condition=Q(done_at=None))]


class NumberCheck(models.Model):
    """Whether a phone number is on WhatsApp, as it was last said: kept so as not to ask again."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    phone = models.CharField(max_length=20, help_text="E.164")
    is_on = models.BooleanField()
    checked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "phone"], name="number_check_once")]
