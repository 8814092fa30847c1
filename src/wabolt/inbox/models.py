"""Settings of the inbox."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wabolt.accounts.models import Workspace

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


def _every_day() -> list[int]:
    return list(EVERY_DAY)


class AnswerTime(models.Model):
    """The answer time and the opening hours of a shop. A workspace without a row has the defaults."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    minutes = models.PositiveIntegerField(default=60, help_text="open minutes until the alert; 0: no alert")
    opens = models.TimeField(default=time(8, 0))
    closes = models.TimeField(default=time(20, 0))
    days = ArrayField(models.PositiveSmallIntegerField(), default=_every_day, help_text="open weekdays, Monday is 0")
