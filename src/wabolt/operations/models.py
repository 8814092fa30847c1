"""Heartbeats of the processes, and the newest known release."""

from django.db import models

from wabolt.lib import clock


class Process(models.Model):
    """A process that serves this installation, on any machine.

    All times come from the database's clock. A process that ends in order sets `ended_at`. A process without `ended_at`
    whose `beat_at` is old was killed, crashed or lost its machine.
    """

    class Kind(models.TextChoices):
        WEB = "web"
        WORKER = "worker"
        GATEWAY = "gateway"
        CONSUMER = "consumer"

    name = models.CharField(max_length=120, primary_key=True, help_text="kind, host, process id and a random part")
    kind = models.CharField(max_length=10, choices=Kind)
    host = models.CharField(max_length=100)
    version = models.CharField(max_length=20, help_text="of WABolt")
    started_at = models.DateTimeField(default=clock.now)
    beat_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=list, help_text="`lib.metrics.COUNTED` of this process (`operations.counts`)")

    class Meta:
        indexes = [models.Index(fields=["kind", "beat_at"], name="process_beat")]

    def __str__(self) -> str:
        return self.name


class LatestRelease(models.Model):
    """The answer to the question for a newer version (`services.updates`). One row at most, with the key 1."""

    version = models.CharField(max_length=20, blank=True)
    notes = models.JSONField(default=dict, help_text="{language: [sentences]}")
    url = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(default=clock.now)
    failure = models.CharField(max_length=40, blank=True, help_text="reason of the last failure: `CheckError`")
