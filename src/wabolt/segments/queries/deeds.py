"""One condition about what a contact did, as SQL: orders, and what became of the broadcasts they got."""

from collections.abc import Callable
from decimal import Decimal

from wabolt.segments.rules import Condition, FieldSpec

from .expressions import NOBODY, Context, Sql, exists, found

COUNTS = {"orders": "p.orders", "spent": "p.spent"}

# An answer counts for a broadcast when it comes within so many days after it.
REPLY_DAYS = 7

INVERSE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_HOLDS_FOR_ZERO: dict[str, Callable[[Decimal], bool]] = {
    "=": lambda value: value == 0,
    "!=": lambda value: value != 0,
    "<": lambda value: value > 0,
    "<=": lambda value: value >= 0,
    ">": lambda value: value < 0,
    ">=": lambda value: value <= 0,
}
# Hardly any order is cancelled: its own small index tells which, where the many would have to be joined.
_COMPLETED = "NOT EXISTS (SELECT 1 FROM commerce_order o WHERE o.id = l.order_id AND o.state <> 'completed')"
_JOINS = {
    "replied": f"""JOIN messaging_message r ON r.contact_id = m.contact_id AND r.direction = 'inbound'
        AND r.created_at >= m.sent_at AND r.created_at < m.sent_at + interval '{REPLY_DAYS} days'""",
    "clicked": "JOIN messaging_click k ON k.message_id = m.id AND NOT k.is_bot",
}
_WHAT = {"received": "m.state IN ('delivered', 'read')", "read": "m.state = 'read'"}
# A moment of reading stands in messages that were read, and in no others. Asked for both, PostgreSQL takes them for
# independent, expects a fraction of the people, and looks each one up.
_WHAT_IN_TIME = _WHAT | {"read": "TRUE"}
# Receipts may come shuffled or not at all: who has read has received.
_WHEN = {
    "received": "COALESCE(m.delivered_at, m.read_at, m.sent_at)",
    "read": "m.read_at",
    "replied": "r.created_at",
    "clicked": "k.at",
}


def holds_for_zero(condition: Condition, *, denied: bool = False) -> bool:
    """Whether who never ordered is among those this number (or its denial) asks for."""
    return _HOLDS_FOR_ZERO[INVERSE[condition.op] if denied else condition.op](Decimal(str(condition.value)))


def count(condition: Condition, spec: FieldSpec, context: Context, *, has_facts: bool) -> Sql:
    """A number of the purchase facts, where money stands in the smallest unit. Who never ordered has no facts, and
    counts as 0: they are in when nothing speaks against them, which is found without them. `has_facts`: the facts are
    joined for another condition anyway."""
    column, value = COUNTS[condition.field], int(Decimal(str(condition.value)).scaleb(spec.decimals))
    if not holds_for_zero(condition):
        return Sql(f"{column} {condition.op} %s", (value,), nullable=True)
    if has_facts:
        return Sql(f"COALESCE({column}, 0) {condition.op} %s", (value,))
    against = f"{column.replace('p.', 'other.')} {INVERSE[condition.op]} %s"
    return Sql(
        "NOT EXISTS (SELECT 1 FROM commerce_purchasefacts other "
        f"WHERE other.contact_id = c.id AND other.workspace_id = %s AND {against})",
        (context.workspace, value),
    )


def bought(condition: Condition, context: Context) -> Sql:
    """A completed order of one of these products or categories."""
    names, days = context.names, condition.within_days
    if condition.field == "bought category" and days is None:
        categories = found(names.categories, condition.value)
        return Sql("p.categories && %s::varchar[]", (categories,), nullable=True) if categories else NOBODY
    ids = names.products if condition.field == "bought product" else names.category_products
    products = found(ids, condition.value)
    if not products:
        return NOBODY
    when = context.since("l.ordered_at", days)
    where = Sql(f"l.product_id = ANY(%s::bigint[]) AND {when.text} AND {_COMPLETED}", (products, *when.params))
    return exists("l.contact_id", "commerce_orderline l", where)


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
    what = (_WHAT if condition.within_days is None else _WHAT_IN_TIME).get(deed, "TRUE")
    text = f"m.origin_kind = 'broadcast' AND {which.text} AND {what} AND {when.text}"
    return exists(
        "m.contact_id",
        f"messaging_message m {_JOINS.get(deed, '')}",
        Sql(text, (*which.params, *when.params)),
        here=Sql("m.workspace_id = %s", (context.workspace,)),
        is_broad=deed != "clicked",
    )
