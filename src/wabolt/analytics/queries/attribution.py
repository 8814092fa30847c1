"""Attribution: assigns orders to broadcasts.

An order belongs to the broadcast whose voucher it used (the oldest of several). Without a voucher it belongs to the
broadcast whose link its contact clicked last before ordering, if the click is within the broadcast's attribution
window. No order counts twice.

An order at exactly midnight in the shop's time zone comes from a file with days but no hours. It may have been placed
at any time of that day, so clicks of that day count as earlier. Otherwise a shop that records orders by the day would
never see what a broadcast earned on its first day.

The orders of one contact depend on the clicks, orders and vouchers of that contact alone. The result is therefore kept
per contact (`models.Attribution`). Triggers name the contacts that have changed since (`models.TouchedContact`); the
orders of these contacts are attributed by the statement that reads them. It sees both tables in one snapshot, so the
figures are exact at any moment.
"""

from wabolt.lib.sql import statement

DEFINITION = statement(__file__, "attribution")
"""A SELECT of (workspace_id, broadcast_id, order_id, contact_id, ordered_at, total, how) for the contacts of the SELECT
`{people}`."""
ATTRIBUTED = statement(__file__, "attributed").format(fresh=DEFINITION.format(people="SELECT contact_id FROM touched"))
"""A WITH list that ends in `attributed(broadcast_id, order_id, contact_id, ordered_at, total, how)`; parameters
`workspace` and `broadcasts` (ids)."""
