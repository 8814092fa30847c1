"""The stored segment."""

from django.db import models
from django.db.models.functions import Lower

from wabolt.accounts.models import User, Workspace
from wabolt.lib import clock


class Segment(models.Model):
    """`tree` is the condition tree as JSON (`segments.rules.tree`). The text is printed from it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="segments")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    tree = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(models.F("workspace"), Lower("name"), name="segment_name_once")]

    def __str__(self) -> str:
        return self.name
