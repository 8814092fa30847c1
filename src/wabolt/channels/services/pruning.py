"""Deletes old raw events.

The messages, receipts and states that came from them stay. An event that the vendor sends again later is stored and
processed again without effect, because intake stores each message and receipt once by the vendor's id.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from wabolt.channels.models import RawEvent
from wabolt.lib import clock

WRONG_FOR = timedelta(days=180)
"""Retention of events that could not be parsed: a later version may parse them."""
BATCH = 2000
STATE_KINDS = ("banned", "connected")
"""Kinds whose latest event is kept, because it describes the state of the number."""

_PRUNE = """
    WITH seen AS MATERIALIZED (
        SELECT id, received_at, processed_at, error FROM channels_rawevent
         WHERE id > %(after)s ORDER BY id LIMIT %(batch)s
    ), gone AS (
        DELETE FROM channels_rawevent r USING seen s
         WHERE r.id = s.id AND r.id <> ALL(%(keep)s)
           AND (s.processed_at < %(understood)s AND s.error = '' OR s.processed_at < %(wrong)s)
        RETURNING 1
    )
    SELECT max(id), min(received_at), (SELECT count(*) FROM gone) FROM seen
"""


def prune_raw_events(*, batch: int = BATCH) -> int:
    """Deletes raw events that were processed more than `settings.RAW_EVENT_DAYS` ago, and those that could not be
    parsed after `WRONG_FOR`. Waiting and failed events stay. Returns how many were deleted.

    Works in short transactions from the oldest, so that intake and gateways do not wait.
    """
    now = clock.now()
    newest = RawEvent.objects.filter(kind__in=STATE_KINDS).values("channel").annotate(newest=Max("id"))
    limits: dict[str, Any] = {
        "batch": batch,
        "keep": [row["newest"] for row in newest],
        "understood": now - timedelta(days=settings.RAW_EVENT_DAYS),
        "wrong": now - max(WRONG_FOR, timedelta(days=settings.RAW_EVENT_DAYS)),
    }
    after = deleted = 0
    while True:
        last, oldest, count = _prune_batch({**limits, "after": after})
        if last is None or oldest >= limits["understood"]:
            return deleted
        after, deleted = last, deleted + count


@transaction.atomic
def _prune_batch(values: dict[str, Any]) -> tuple[int | None, datetime, int]:
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, values)
        last, oldest, count = cursor.fetchone()
        return last, oldest, count
