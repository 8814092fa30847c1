"""Alerts of a workspace."""

from django.db import models
from django.db.models import Q

from wabolt.accounts.models import User, Workspace
from wabolt.lib import clock


class Alert(models.Model):
    """A state that needs a member. An alert is open until its room resolves it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40, help_text="the key of a registered AlertKind")
    subject = models.CharField(max_length=100, blank=True, help_text='what it is about, for example "channel:12"')
    data = models.JSONField(default=dict, help_text="facts for the sentence; no personal data of contacts")
    opened_at = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "subject"], name="alert_open_once", condition=Q(resolved_at=None)
            )
        ]
        indexes = [models.Index(fields=["workspace", "-id"], name="alert_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()
