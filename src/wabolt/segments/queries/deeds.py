"""One condition about what a contact did, as SQL: orders, and what became of the broadcasts they got."""

from collections.abc import Callable

from wabolt.segments.rules import Condition

from .expressions import NOBODY, Context, Sql, found

COUNTS = {"orders": "p.orders", "spent": "p.spent"}

# An answer counts for a broadcast when it comes within so many days after it.
REPLY_DAYS = 7

_HOLDS_FOR_ZERO: dict[str, Callable[[int], bool]] = {
    "=": lambda value: value == 0,
    "!=": lambda value: value != 0,
    "<": lambda value: value > 0,
    "<=": lambda value: value >= 0,
    ">": lambda value: value < 0,
    ">=": lambda value: value <= 0,
}
_BOUGHT = """EXISTS (
    SELECT 1 FROM commerce_orderline l JOIN commerce_order o ON o.id = l.order_id
    WHERE l.contact_id = c.id AND l.product_id = ANY(%s::bigint[]) AND o.state = 'completed' AND {when})"""
_BROADCAST = """EXISTS (
    SELECT 1 FROM messaging_message m {joined}
    WHERE m.contact_id = c.id AND m.origin_kind = 'broadcast' AND {which} AND {what} AND {when})"""
_JOINS = {
    "replied": f"""JOIN messaging_message r ON r.contact_id = m.contact_id AND r.direction = 'inbound'
        AND r.created_at >= m.sent_at AND r.created_at < m.sent_at + interval '{REPLY_DAYS} days'""",
    "clicked": "JOIN messaging_click k ON k.message_id = m.id AND NOT k.is_bot",
}
_WHAT = {"received": "m.state IN ('delivered', 'read')", "read": "m.state = 'read'"}
# Receipts may come shuffled or not at all: who has read has received.
_WHEN = {
    "received": "COALESCE(m.delivered_at, m.read_at, m.sent_at)",
    "read": "m.read_at",
    "replied": "r.created_at",
    "clicked": "k.at",
}


def count(condition: Condition) -> Sql:
    """A number of the purchase facts. Who never ordered has no facts, and counts as 0."""
    column, value = COUNTS[condition.field], int(str(condition.value))
    if _HOLDS_FOR_ZERO[condition.op](value):
        return Sql(f"COALESCE({column}, 0) {condition.op} %s", (value,))
    return Sql(f"{column} {condition.op} %s", (value,), nullable=True)


def bought(condition: Condition, context: Context) -> Sql:
    """A completed order of one of these products or categories."""
    names, days = context.names, condition.within_days
    if condition.field == "bought category" and days is None:
        categories = found(names.categories, condition.value)
        return Sql("p.categories && %s::varchar[]", (categories,), nullable=True) if categories else NOBODY
    ids = names.products if condition.field == "bought product" else names.category_products
    products = found(ids, condition.value)
    when = context.since("l.ordered_at", days)
    return Sql(_BOUGHT.format(when=when.text), (products, *when.params)) if products else NOBODY


def broadcast(condition: Condition, context: Context) -> Sql:
    """A broadcast was received, read, replied to (within a week of it) or clicked in (not by a link preview)."""
    deed = condition.field
    which = Sql("TRUE")
    if condition.op != "any":
        ids = (
            [condition.value] if isinstance(condition.value, int) else found(context.names.broadcasts, condition.value)
        )
        if not ids:
            return NOBODY
        which = Sql("m.origin_id = ANY(%s::bigint[])", (ids,))
    when = context.since(_WHEN[deed], condition.within_days)
    text = _BROADCAST.format(
        joined=_JOINS.get(deed, ""), which=which.text, what=_WHAT.get(deed, "TRUE"), when=when.text
    )
    return Sql(text, (*which.params, *when.params))
