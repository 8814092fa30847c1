"""Settings of the inbox."""

from django.db import models

from wabolt.accounts.models import Workspace


class AnswerTime(models.Model):
    """The answer time of a shop. A workspace without a row has the default."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    minutes = models.PositiveIntegerField(default=60, help_text="open minutes until the alert; 0: no alert")
