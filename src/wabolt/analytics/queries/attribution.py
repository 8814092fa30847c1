"""Attribution: assigns orders to the origins of messages, such as broadcasts and steps of journeys.

An order belongs to the origin whose voucher it used (the oldest of several). Without a voucher it belongs to the one
whose link its contact clicked last before ordering, if the click is within the attribution window: that of the
broadcast, or that of the kind of origin (`messaging.registry.Origin`). Without such a click, an order that took a cart
belongs to the step that reminded of this cart last, if the reminder was sent within the window of journeys: the cart
was recovered. No order counts twice.

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

from wabolt.journeys.queries import step_key_sql
from wabolt.lib.sql import statement
from wabolt.messaging.registry import ORIGINS

DEFINITION = statement(__file__, "attribution").replace("{step_key}", step_key_sql("r"))
"""A SELECT of (workspace_id, origin_kind, origin_id, order_id, contact_id, ordered_at, total, how) for the contacts of
the SELECT `{people}`. The origin is named as in `Message.origin_kind` and `origin_id`. Parameters: those of
`windows`."""
ATTRIBUTED = statement(__file__, "attributed").format(fresh=DEFINITION.format(people="SELECT contact_id FROM touched"))
"""A WITH list that ends in `attributed(origin_id, order_id, contact_id, ordered_at, total, how)`; parameters
`workspace`, `origin_kind`, `origins` (ids) and those of `windows`."""
_ORDERS = ATTRIBUTED + "SELECT origin_id, count(*), coalesce(sum(total), 0) FROM attributed GROUP BY origin_id"


def windows() -> dict[str, list[Any]]:
    """The parameters of `DEFINITION`: the kinds of origins with an attribution window, and the windows in days. Each
    broadcast has its own window."""
    days = {
        origin.kind: origin.attribution_window.days
        for origin in ORIGINS.values()
        if origin.attribution_window is not None and origin.kind != "broadcast"
    }
    return {"kinds": list(days), "days": list(days.values())}


def revenue_of(workspace_id: int, origin_kind: str, origins: Sequence[int]) -> dict[int, tuple[int, int]]:
    """{origin id: (orders, revenue)}. An origin that earned nothing is missing."""
    values: dict[str, Any] = {"workspace": workspace_id, "origin_kind": origin_kind, "origins": list(origins)}
    values |= windows()
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, values)
        return {pk: (count, int(total)) for pk, count, total in cursor.fetchall()}
