"""The processes of the installation."""

from datetime import timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from wabolt.operations.models import Process
from wabolt.operations.rules import CRASHED_AFTER, MISSING_AFTER


def living_processes() -> QuerySet[Process]:
    """The processes with a recent heartbeat, by the database's clock. If that clock was set back, a heartbeat that is
    later than now is an old one."""
    return Process.objects.filter(ended_at=None, beat_at__range=(Now() - timedelta(seconds=MISSING_AFTER), Now()))


def count_processes() -> list[tuple[str, str, int]]:
    """(kind, version, number) of the living processes, by kind and version."""
    counted = living_processes().values("kind", "version").annotate(number=Count("pk")).order_by("kind", "version")
    return list(counted.values_list("kind", "version", "number"))


def count_crashes() -> list[tuple[str, int]]:
    """(kind, number) of the processes that ended without notice in the last 24 hours, by kind."""
    silent = Process.objects.filter(
        ended_at=None, beat_at__gte=Now() - timedelta(days=1), beat_at__lte=Now() - timedelta(seconds=CRASHED_AFTER)
    )
    return list(silent.values("kind").annotate(number=Count("pk")).order_by("kind").values_list("kind", "number"))


def recent_processes(limit: int = 200) -> list[Process]:
    """The processes of the last seven days, newest heartbeat first."""
    return list(Process.objects.filter(beat_at__gt=Now() - timedelta(days=7)).order_by("-beat_at")[:limit])
