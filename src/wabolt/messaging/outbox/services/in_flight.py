"""Attempts whose result no process will report any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

_SETTLE = """
    UPDATE messaging_message m SET state = 'unknown', reason = 'interrupted'
      FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS v (channel_id, below_token, attempted_before)
     WHERE m.channel_id = v.channel_id AND m.state = 'sending' AND coalesce(m.lane_token, 0) < v.below_token
       AND (v.attempted_before IS NULL OR m.attempted_at < v.attempted_before)
"""


class DeadAttempts(NamedTuple):
    """The attempts of one channel under fencing tokens below `below_token`, made before `attempted_before` if given."""

    channel_id: int
    below_token: int
    attempted_before: datetime | None = None


def settle_in_flight(lanes: Sequence[DeadAttempts]) -> int:
    """Makes these attempts `unknown` and returns how many there were.

    The messages may have been sent, so they are never sent again automatically. A late receipt settles them.
    """
    if not lanes:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [list(column) for column in zip(*lanes, strict=True)])
        return int(cursor.rowcount)
