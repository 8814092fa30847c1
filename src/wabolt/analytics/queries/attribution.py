"""Attribution: assigns orders to broadcasts and to the steps of journeys.

An order belongs to the broadcast or step whose voucher it used (the oldest of several). Without a voucher it belongs to
the one whose link its contact clicked last before ordering, if the click is within the attribution window: that of the
broadcast, or that of all journeys. No order counts twice.

An order at exactly midnight in the shop's time zone comes from a file with days but no hours. It may have been placed
at any time of that day, so clicks of that day count as earlier. Otherwise a shop that records orders by the day would
never see what a broadcast earned on its first day.

The orders of one contact depend on the clicks, orders and vouchers of that contact alone. The result is therefore kept
per contact (`models.Attribution`). Triggers name the contacts that have changed since (`models.TouchedContact`); the
orders of these contacts are attributed by the statement that reads them. It sees both tables in one snapshot, so the
figures are exact at any moment.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from wabolt.lib.sql import statement
from wabolt.messaging.registry import ORIGINS

DEFINITION = statement(__file__, "attribution")
"""A SELECT of (workspace_id, origin_kind, origin_id, order_id, contact_id, ordered_at, total, how) for the contacts of
the SELECT `{people}`. The origin is a broadcast or a step of a journey, as in `Message.origin_kind` and `origin_id`.
Parameters: those of `windows`."""
ATTRIBUTED = statement(__file__, "attributed").format(fresh=DEFINITION.format(people="SELECT contact_id FROM touched"))
"""A WITH list that ends in `attributed(origin_id, order_id, contact_id, ordered_at, total, how)`; parameters
`workspace`, `origin_kind`, `origins` (ids) and those of `windows`."""
_ORDERS = ATTRIBUTED + "SELECT origin_id, count(*), coalesce(sum(total), 0) FROM attributed GROUP BY origin_id"


def windows() -> dict[str, int]:
    """The parameters of `DEFINITION`: the attribution window of journeys in days. A broadcast has its own."""
    window = ORIGINS["journey"].attribution_window
    return {"journey_days": window.days if window else 0}


def revenue_of(workspace_id: int, origin_kind: str, origins: Sequence[int]) -> dict[int, tuple[int, int]]:
    """{origin id: (orders, revenue)}. An origin that earned nothing is missing."""
    values: dict[str, Any] = {"workspace": workspace_id, "origin_kind": origin_kind, "origins": list(origins)}
    values |= windows()
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, values)
        return {pk: (count, int(total)) for pk, count, total in cursor.fetchall()}
