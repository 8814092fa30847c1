"""Recipients of two contacts that turn out to be one person."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# The message has changed hands already; what the freeze said of the two changes hands with it.
_SWAP = """
    WITH pair AS (
        SELECT k.id AS kept, a.id AS absorbed, k.broadcast_id, k.outcome AS kept_outcome, k.reason AS kept_reason,
               a.outcome AS absorbed_outcome, a.reason AS absorbed_reason
          FROM broadcasts_recipient k
          JOIN broadcasts_recipient a ON a.broadcast_id = k.broadcast_id AND a.contact_id = %(absorbed)s
         WHERE k.contact_id = %(kept)s AND {which}
    )
    UPDATE broadcasts_recipient r
       SET outcome = CASE WHEN r.id = p.kept THEN p.absorbed_outcome ELSE p.kept_outcome END,
           reason = CASE WHEN r.id = p.kept THEN p.absorbed_reason ELSE p.kept_reason END
      FROM pair p WHERE r.id IN (p.kept, p.absorbed)
    RETURNING p.broadcast_id
"""
_MOVED = "k.outcome <> 'queued' AND a.outcome = 'queued'"
_BACK = "k.broadcast_id = ANY(%(broadcasts)s) AND k.outcome = 'queued' AND a.outcome <> 'queued'"


def join_recipients(*, kept_id: int, absorbed_id: int) -> list[int]:
    """Whoever has the message now is the one it was queued for, in the caller's transaction: the list of a broadcast's
    people and its sums say the same. Returns the broadcasts of which that was news."""
    return _swapped(_MOVED, {"kept": kept_id, "absorbed": absorbed_id})


def part_recipients(*, kept_id: int, absorbed_id: int, broadcast_ids: Sequence[int]) -> None:
    """And back again."""
    _swapped(_BACK, {"kept": kept_id, "absorbed": absorbed_id, "broadcasts": list(broadcast_ids)})


def _swapped(which: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_SWAP.format(which=which), values)
        return sorted({row[0] for row in cursor.fetchall()})
