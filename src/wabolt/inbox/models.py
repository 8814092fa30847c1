"""Settings of the inbox, and who looks after a conversation."""

from django.db import models

from wabolt.accounts.models import User, Workspace
from wabolt.lib import clock
from wabolt.messaging.models import Conversation


class AnswerTime(models.Model):
    """The answer time of a shop. A workspace without a row has the default."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    minutes = models.PositiveIntegerField(default=60, help_text="open minutes until the alert; 0: no alert")


class Assignment(models.Model):
    """The member who looks after a conversation. All members look after a conversation without a
    row."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", help_text="None: a rule or a journey")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["user", "workspace"], name="assignment_of_user")]
