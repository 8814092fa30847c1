"""Rows of the simulated world: what simulated phones received, wrote and will do."""

from django.db import models

from wabolt.lib import clock


class SimulatedDelivery(models.Model):
    """What a simulated phone received. It is the sink of the tests too: every call of `send` leaves a row here,
    also a second one of the same `ref`, which is how a doubled message would be seen."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
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

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
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

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
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

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "phone"], name="played_phone_once")]


class SimulatedEvent(models.Model):
    """Something a simulated phone will do at `due_at`; the world outside keeps it, whatever happens to our process."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["channel", "due_at"], name="simulated_event_due")]
