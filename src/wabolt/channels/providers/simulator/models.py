"""The simulated world: received messages, sent messages and planned events of simulated phones."""

from django.db import models

from wabolt.lib import clock


class SimulatedDelivery(models.Model):
    """A message that a simulated phone received. Each call of `send` adds a row, even for a repeated `ref`, so that
    tests see duplicates."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    ref = models.CharField(max_length=64)
    phone = models.CharField(max_length=20)
    text = models.TextField()
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, help_text="when the person who operates this phone opened the chat")
    file_key = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="key of the SimulatedFile whose caption is `text`",
    )

    class Meta:
        indexes = [models.Index(fields=["channel", "phone", "id"], name="simulated_phone_screen")]


class SimulatedFile(models.Model):
    """A file in the simulated world."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    mime_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    data = models.BinaryField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="simulated_file_once")]


class SimulatedReply(models.Model):
    """A message that a simulated phone wrote. `key`: provider id of the message, and key of its file."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    phone = models.CharField(max_length=20)
    text = models.TextField()
    quoted_ref = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, help_text="when the provider collected it: the second tick")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="simulated_reply_once")]
        indexes = [models.Index(fields=["channel", "phone", "id"], name="simulated_reply_screen")]


class PlayedPhone(models.Model):
    """A simulated phone that a person operates: it does not act by itself."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "phone"], name="played_phone_once")]


class SimulatedEvent(models.Model):
    """A planned action of a simulated phone. The row survives the end of our process."""

    channel = models.ForeignKey("channels.Channel", models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["channel", "due_at"], name="simulated_event_due")]
