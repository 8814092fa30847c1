"""Periodic recovery of broadcasts: lost jobs, expiry, refusals for all recipients, and requeued messages."""

from contextlib import suppress
from datetime import timedelta

from django.db import connection, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.rules import ENOUGH_REFUSALS, REFUSED_FOR_ALL
from wabolt.broadcasts.services.common import ORIGIN, audit, move
from wabolt.broadcasts.services.running import start_if_due
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import PausedOrigin
from wabolt.messaging.queries import EXPIRED, reason_words
from wabolt.messaging.services import cancel_queued, pause_origin, resume_origin

State = Broadcast.State


GIVEN_UP_AFTER = timedelta(minutes=2)
"""Time in preparation after which the freeze job is deferred again. If the first job still waits, the second does
nothing."""


def start_due() -> int:
    """Starts due broadcasts whose own job was lost or is late (a restored backup, a killed worker, a deleted job).
    Returns how many were due."""
    due = Broadcast.objects.filter(state=State.SCHEDULED, scheduled_at__lte=clock.now()).order_by("scheduled_at", "pk")
    found = list(due.values_list("pk", "scheduled_at"))
    for broadcast_id, scheduled_at in found:
        if scheduled_at is not None:
            start_if_due(broadcast_id=broadcast_id, scheduled_at=scheduled_at)
    return len(found)


def revive_frozen() -> int:
    """Defer the freeze again for broadcasts whose job ran out of retries (a full disk, an unreachable database). Return
    how many.

    A broadcast whose freeze is running holds its row lock and is skipped.
    """
    late = Broadcast.objects.filter(state=State.FREEZING, started_at__lt=clock.now() - GIVEN_UP_AFTER)
    ids = list(late.values_list("pk", flat=True))
    for broadcast_id in ids:
        jobs.defer("broadcasts.freeze", broadcast_id=broadcast_id, once=f"freeze-{broadcast_id}")
    return len(ids)


def complete_finished() -> int:
    """Completes running broadcasts without open messages. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE broadcasts_broadcast b SET state = 'completed', finished_at = %(now)s WHERE b.state = 'running'"
            " AND NOT EXISTS (SELECT FROM messaging_message m WHERE m.origin_kind = 'broadcast'"
            " AND m.origin_id = b.id AND m.state IN ('queued', 'sending'))",
            {"now": clock.now()},
        )
        return int(cursor.rowcount)


def end_expired() -> int:
    """Ends the queued messages of expired broadcasts, also of paused ones and on channels whose lane is not worked.
    Returns how many broadcasts were ended."""
    over = Broadcast.objects.filter(state__in=(State.RUNNING, State.PAUSED), content__expires_at__lte=clock.now())
    ids = list(over.order_by("pk").values_list("pk", flat=True))
    for broadcast_id in ids:
        with transaction.atomic():
            locked = Broadcast.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=broadcast_id)
            if locked.state not in {State.RUNNING, State.PAUSED}:
                continue
            cancel_queued(workspace=locked.workspace, origin=(ORIGIN, locked.pk), reason=EXPIRED)
            if locked.state == State.PAUSED:
                move(locked, State.COMPLETED, finished_at=clock.now())
                resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return len(ids)


_REFUSED = """
    SELECT b.id, r.reason FROM broadcasts_broadcast b
      JOIN LATERAL (
           SELECT min(m.reason) AS reason, count(*) AS times FROM (
                  SELECT m.reason FROM messaging_message m
                   WHERE m.origin_kind = 'broadcast' AND m.origin_id = b.id AND m.state = 'failed'
                     AND m.reason = ANY(%(reasons)s) AND m.attempted_at >= coalesce(b.resumed_at, b.started_at)
                   LIMIT %(enough)s) m
           ) r ON r.times >= %(enough)s
     WHERE b.state = 'running'
"""


def pause_refused() -> int:
    """Pauses broadcasts whose message the provider refuses for every recipient. Returns how many.

    The page shows the reason; a member who continues gives the broadcast another chance.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, {"reasons": sorted(REFUSED_FOR_ALL), "enough": ENOUGH_REFUSALS})
        refused = cursor.fetchall()
    for broadcast_id, reason in refused:
        # A member may have paused or cancelled the broadcast meanwhile.
        with suppress(DomainError), transaction.atomic():
            broadcast = Broadcast.objects.select_related("workspace").get(pk=broadcast_id)
            with override(broadcast.workspace.language):
                why = _("%(reason)s. Fix this, then press Continue. The other messages wait.")
                problem = str(why) % {"reason": capfirst(reason_words(reason))}
            move(broadcast, State.PAUSED, only=State.RUNNING, problem=problem[:300])
            pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast_id)
            audit(broadcast, "broadcast.pause")
    return len(refused)


RETURNS_FOR = timedelta(days=7)
"""Time after its end in which a broadcast may get back messages that the provider held back."""


def settle_returned() -> int:
    """Handles messages that the provider returned to the queue of an ended broadcast. Returns how many broadcasts.

    A provider may accept a message and ask for a retry later, or answer "later" during a cancellation. Cancelled
    broadcasts cancel the message; completed ones run again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.state FROM broadcasts_broadcast b"
            " WHERE b.state IN ('completed', 'cancelled') AND b.finished_at > %(since)s"
            " AND EXISTS (SELECT FROM messaging_message m WHERE m.origin_kind = 'broadcast' AND m.origin_id = b.id"
            " AND m.state = 'queued')",
            {"since": clock.now() - RETURNS_FOR},
        )
        found = cursor.fetchall()
    again = [pk for pk, state in found if state == State.COMPLETED]
    Broadcast.objects.filter(pk__in=again, state=State.COMPLETED).update(state=State.RUNNING, finished_at=None)
    stopped = [pk for pk, state in found if state == State.CANCELLED]
    for broadcast in Broadcast.objects.filter(pk__in=stopped).select_related("workspace"):
        cancel_queued(workspace=broadcast.workspace, origin=(ORIGIN, broadcast.pk), reason="broadcast_cancelled")
    _resume_cancelled()
    return len(found)


def _resume_cancelled() -> None:
    """Removes the pause of cancelled broadcasts once no message can come back any more."""
    held = PausedOrigin.objects.filter(origin_kind=ORIGIN).values("origin_id")
    over = Broadcast.objects.filter(state=State.CANCELLED, finished_at__lte=clock.now() - RETURNS_FOR, pk__in=held)
    for broadcast in over.select_related("workspace"):
        resume_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)
