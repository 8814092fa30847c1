"""The settings of backups, their runs and their copies. All belong to the installation, not to one shop."""

from datetime import time

from django.db import models
from django.db.models import Q

from wabolt.lib import clock
from wabolt.lib.leased import Leased


class BackupSettings(Leased):
    """The one row (`pk` 1) with the settings. Its lease allows one run at a time on all machines.

    `recipient`: the public key for which backups are encrypted. `sealed_key`: a private key that the owner has not
    confirmed yet. It is deleted when the owner has typed its last group.
    """

    at = models.TimeField(default=time(2, 30), help_text="in the time zone of the first shop")
    mark = models.CharField(max_length=6, help_text="six hexadecimal digits in the names of this installation's files")
    use_folder = models.BooleanField(default=True)
    folder = models.CharField(max_length=500, blank=True, help_text="empty: the folder backups in the home folder")
    use_s3 = models.BooleanField(default=False)
    s3_endpoint = models.CharField(max_length=300, blank=True, help_text="empty: Amazon S3")
    s3_region = models.CharField(max_length=60, blank=True)
    s3_bucket = models.CharField(max_length=63, blank=True)
    s3_prefix = models.CharField(max_length=200, blank=True)
    s3_key_id = models.CharField(max_length=200, blank=True)
    sealed_s3_secret = models.TextField(blank=True)
    recipient = models.CharField(max_length=100, blank=True, help_text="age1...; empty before the first key")
    sealed_key = models.TextField(blank=True)
    key_confirmed_at = models.DateTimeField(null=True, help_text="when the owner confirmed the present key")
    requested_at = models.DateTimeField(null=True, help_text="when a member asked for a backup")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="backups_one_row")]

    def __str__(self) -> str:
        return "backups"


class BackupRun(models.Model):
    """One attempt to make a backup.

    Good: the file was restored into a scratch database, and a place has a copy. Untested: a place has a copy, and the
    file could not be restored for `reason`.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        GOOD = "good"
        UNTESTED = "untested"
        FAILED = "failed"

    class Step(models.TextChoices):
        WRITING = "writing"
        CHECKING = "checking"
        STORING = "storing"
        COMPARING = "comparing"

    name = models.CharField(max_length=60, help_text="of the file")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.WRITING)
    done = models.BigIntegerField(default=0, help_text="bytes or rows of the step")
    total = models.BigIntegerField(default=0, help_text="0: unknown")
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    token = models.BigIntegerField(help_text="fencing token of the lease")
    made_at = models.DateTimeField(null=True, help_text="moment of the snapshot")
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    contacts = models.BigIntegerField(default=0)
    is_complete = models.BooleanField(default=False, help_text="every place has a copy")
    reason = models.CharField(max_length=40, blank=True, help_text="a key of words.REASONS")
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-started_at"], name="backups_run_newest")]

    def __str__(self) -> str:
        return self.name


class BackupCopy(models.Model):
    """A file in one place. A good copy was read back without a difference. A failed copy has a reason. The row of a
    copy is deleted when the rule deletes its file."""

    run = models.ForeignKey(BackupRun, models.CASCADE, related_name="copies")
    place = models.CharField(max_length=10, help_text="folder or s3")
    where = models.CharField(max_length=600, help_text="path or s3:// address")
    is_good = models.BooleanField()
    same_disk = models.BooleanField(default=False, help_text="on the disk of the database")
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    stored_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="backups_copy_once")]

    def __str__(self) -> str:
        return self.where
