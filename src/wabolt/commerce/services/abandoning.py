"""Marks carts as abandoned after the time without a change that the shop chose (docs/adr/0039-carts.md)."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from wabolt.commerce.models import CartSettings, CartVersion
from wabolt.commerce.services.cart_events import record_cart_events
from wabolt.lib import clock

BATCH = 500
_OPEN = """
SELECT c.id, c.version, c.changed_at, coalesce(s.abandoned_after, %(default)s)
  FROM commerce_cart c LEFT JOIN commerce_cartsettings s ON s.workspace_id = c.workspace_id
 WHERE c.state = 'open'
"""
_MARK = """
WITH due AS (
    SELECT c.id FROM commerce_cart c
      JOIN unnest(%(ids)s::bigint[], %(versions)s::int[]) AS w (id, version) ON (c.id, c.version) = (w.id, w.version)
     WHERE c.state = 'open' ORDER BY c.id FOR UPDATE OF c SKIP LOCKED)
UPDATE commerce_cart c
   SET state = 'abandoned', abandoned_at = %(now)s, first_abandoned_at = coalesce(c.first_abandoned_at, %(now)s)
  FROM due WHERE c.id = due.id
RETURNING c.id, c.version
"""


class IdleCarts:
    """Open carts and the ends of their waits, measured by one process.

    A wait is measured with `clock.elapsed` from when the process first sees the version of the cart. A wall clock that
    is set forward ends no wait, and one that is set back prolongs none.
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[int, int], float] = {}

    def due(self) -> list[tuple[int, int]]:
        """Returns the open carts whose wait is over: (id, version)."""
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, {"default": CartSettings().abandoned_after})
            rows = cursor.fetchall()
        self._ends = {(pk, version): self._end(pk, version, at, minutes) for pk, version, at, minutes in rows}
        return [key for key, end in self._ends.items() if end <= clock.elapsed() + 0.001]

    def _end(self, pk: int, version: int, changed_at: datetime, minutes: int) -> float:
        known = self._ends.get((pk, version))
        if known is not None:
            return known
        whole = timedelta(minutes=minutes)
        return clock.elapsed() + min(whole, changed_at + whole - clock.now()).total_seconds()


_idle = IdleCarts()


def abandon_idle_carts(idle: IdleCarts = _idle) -> int:
    """Marks the open carts whose wait is over and writes "cart_abandoned" for each. Returns their number.

    Runs each minute. Each batch has its own transaction. A cart that another transaction has locked is skipped until
    the next run. A cart that was changed since it was read stays open.
    """
    due, marked = idle.due(), 0
    for start in range(0, len(due), BATCH):
        marked += _mark(due[start : start + BATCH])
    return marked


@transaction.atomic
def _mark(batch: list[tuple[int, int]]) -> int:
    now = clock.now()
    ids, versions = zip(*batch, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"ids": list(ids), "versions": list(versions), "now": now})
        marked = dict(cursor.fetchall())
    left = [
        version
        for version in CartVersion.objects.filter(cart__in=marked).select_related("cart", "workspace").order_by("pk")
        if marked[version.cart_id] == version.number
    ]
    for workspace in {version.workspace for version in left}:
        own = [version for version in left if version.workspace_id == workspace.pk]
        record_cart_events(workspace=workspace, kind="cart_abandoned", versions=own, at=now)
    return len(marked)
