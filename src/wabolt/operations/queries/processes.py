"""The processes of the installation."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from wabolt.operations.models import Process
from wabolt.operations.rules import CRASHED_AFTER, DIES_WITHIN, MISSING_AFTER


def living_processes() -> QuerySet[Process]:
    """Returns the processes with a recent heartbeat, by the database's clock. A heartbeat in the
    future dates from before that clock was set back, so it does not count."""
    return Process.objects.filter(ended_at=None, beat_at__range=(Now() - timedelta(seconds=MISSING_AFTER), Now()))


def count_processes() -> list[tuple[str, str, int]]:
    """(kind, version, number) of the living processes, by kind and version."""
    counted = living_processes().values("kind", "version").annotate(number=Count("pk")).order_by("kind", "version")
    return list(counted.values_list("kind", "version", "number"))


def count_crashes() -> list[tuple[str, int]]:
    """(kind, number) of the processes that ended without notice in the last 24 hours, by kind."""
    silent = _crashed(timedelta(days=1))
    return list(silent.values("kind").annotate(number=Count("pk")).order_by("kind").values_list("kind", "number"))


def recent_crashes() -> tuple[dict[str, list[datetime]], datetime]:
    """({kind: last heartbeats of its processes that ended without notice}, now), by the database's clock. Only crashes
    of the last DIES_WITHIN are in it."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for kind, at in _crashed(DIES_WITHIN).values_list("kind", "beat_at"):
        found[kind].append(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
    return found, now


def _crashed(within: timedelta) -> QuerySet[Process]:
    return Process.objects.filter(
        ended_at=None, beat_at__gte=Now() - within, beat_at__lte=Now() - timedelta(seconds=CRASHED_AFTER)
    )


def recent_processes(limit: int = 200) -> list[Process]:
    """Returns the processes of the last seven days, newest heartbeat first."""
    return list(Process.objects.filter(beat_at__gt=Now() - timedelta(days=7)).order_by("-beat_at")[:limit])
