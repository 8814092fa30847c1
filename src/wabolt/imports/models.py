"""An import, the parts of its file and its refused rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.lib import clock


class Import(models.Model):
    """One uploaded file and its progress. `next_row` and the counts are committed together with the counted rows."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("Choosing columns")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=40, help_text="key of a registered importer")
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    filename = models.CharField(max_length=255)
    size = models.BigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header_row = models.PositiveIntegerField(default=0)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, help_text='{"0": "name", "3": "field:size"}: column index to target')
    options = models.JSONField(default=dict, help_text="day_first, sheet, sample rows, and what the importer asked")
    next_row = models.BigIntegerField(default=0, help_text="data rows already committed")
    rows_total = models.BigIntegerField(null=True)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    consents = models.BigIntegerField(default=0, help_text="permissions that the import granted")
    warnings = models.JSONField(
        default=dict,
        help_text='cells that were skipped: {"birth_date:no_such_day": {"count": 140, "rows": [18, 90]}}',
    )
    error = models.JSONField(default=dict, help_text="{code, params} when the state is failed")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)


class ImportPart(models.Model):
    """One part of an uploaded file. Files are stored in the database so that a worker on any machine can read them."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "position"], name="import_part_once")]


class ImportRejection(models.Model):
    """A refused row with all its cells. `code` and `params` say why it was refused."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="rejections")
    row = models.BigIntegerField(help_text="row number as the owner sees it in the file")
    cells = models.JSONField()
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "row"], name="import_rejection_once")]
