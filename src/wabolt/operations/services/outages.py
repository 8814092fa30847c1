"""The alert that the database was away for a while. It opens when the database answers again."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from wabolt.alerts.models import Alert
from wabolt.alerts.services import open_alert_of_installation
from wabolt.lib import clock
from wabolt.lib.advisory import lock_until_commit

DATABASE_AWAY = "database.away"
OUTAGE_AFTER = 15.0
"""Seconds without an answer after which an outage is reported. A restart of the database takes less."""
TOGETHER = timedelta(seconds=30)
"""Reported outages with a shorter gap between them count as one."""


class Outage:
    """The time for which one process got no answer from the database. `after`: seconds below which it is not noted."""

    def __init__(self, after: float = OUTAGE_AFTER) -> None:
        self._after = after
        self._began: float | None = None

    def failed(self) -> None:
        """The database did not answer."""
        if self._began is None:
            self._began = clock.elapsed()

    def answered(self) -> None:
        """The database answered: notes the outage that ends now, if it was long. Raises django.db.Error; then the
        next call notes the outage."""
        if self._began is None:
            return
        lasted = clock.elapsed() - self._began
        if lasted >= self._after:
            note_outage(since=clock.now() - timedelta(seconds=lasted), until=clock.now())
        self._began = None


@transaction.atomic
def note_outage(*, since: datetime, until: datetime) -> None:
    """Opens an alert for an outage of the database. Reports of other processes about the same outage open none."""
    with connection.cursor() as cursor:
        lock_until_commit(cursor, "operations.outage")
    subject = since.isoformat(timespec="seconds")
    for known in Alert.objects.filter(kind=DATABASE_AWAY).order_by("-pk")[:50]:
        began, ended = (datetime.fromisoformat(known.data[name]) for name in ("since", "until"))
        if since <= ended + TOGETHER and began - TOGETHER <= until:
            if known.resolved_at is not None:
                return
            subject, since, until = known.subject, min(since, began), max(until, ended)
            break
    seconds = round((until - since).total_seconds())
    data = {"since": since.isoformat(), "until": until.isoformat(), "seconds": seconds}
    open_alert_of_installation(kind=DATABASE_AWAY, subject=subject, data=data)
