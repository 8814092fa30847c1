"""Recipients after a merge of two contacts."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# The message already belongs to the kept contact; the outcome of the freeze is swapped with it.
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
    """Gives the kept contact the outcome of the absorbed one where only the absorbed one had a message, in the caller's
    transaction. Returns the changed broadcasts, for `part_recipients`."""
    return _swapped(_MOVED, {"kept": kept_id, "absorbed": absorbed_id})


def part_recipients(*, kept_id: int, absorbed_id: int, broadcast_ids: Sequence[int]) -> None:
    """Undoes `join_recipients` for these broadcasts, in the caller's transaction."""
    _swapped(_BACK, {"kept": kept_id, "absorbed": absorbed_id, "broadcasts": list(broadcast_ids)})


def _swapped(which: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_SWAP.format(which=which), values)
        return sorted({row[0] for row in cursor.fetchall()})
