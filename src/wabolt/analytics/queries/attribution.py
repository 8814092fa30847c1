"""Attribution: assigns orders to broadcasts.

An order belongs to the broadcast whose voucher it used. Without a voucher it belongs to the broadcast whose link its
contact clicked last before ordering, if the click is within the broadcast's attribution window. No order counts twice.

An order at exactly midnight in the shop's time zone comes from a file with days but no hours. It may have been placed
at any time of that day, so clicks of that day count as earlier. Otherwise a shop that records orders by the day would
never see what a broadcast earned on its first day.

Few people click, so the statement begins at the clicks on the links of the broadcast's content. A broadcast has a
content of its own from the freeze on. Clicks carry their contact, so no message is read.
"""

from wabolt.lib.sql import statement

ATTRIBUTED = statement(__file__, "attributed")
"""A WITH list that ends in `attributed(broadcast_id, order_id, contact_id, ordered_at, total, how)`; parameters
`workspace` and `broadcasts` (ids)."""
