"""Deletes what signing in has left behind: sessions and counts of attempts that have expired."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import connection

from wabolt.lib import clock

_KEPT = timedelta(days=1)
"""Time after the end. A wall clock that is wrong by hours ends nothing."""


def forget_attempts() -> int:
    """Deletes counts of signing in (`settings.DATABASE_CACHE`) that have expired. Returns their number."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM site_cache WHERE expires < %s", [clock.now() - _KEPT])
        return int(cursor.rowcount)


def forget_sessions() -> int:
    """Deletes sessions that have expired. Returns their number."""
    return Session.objects.filter(expire_date__lt=clock.now() - _KEPT).delete()[0]
