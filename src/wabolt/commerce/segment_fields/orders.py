"""The segment fields of orders."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.commerce.queries import products
from wabolt.lib.row_lookups import RowLookup
from wabolt.lib.segmentation import (
    INVERSE,
    NOBODY,
    Condition,
    ContactRows,
    Context,
    FieldSpec,
    Kind,
    Leaf,
    Sql,
    found,
    moment,
    named_rows,
    reads,
)

HOLDS_FOR_ZERO: Mapping[str, Callable[[Decimal], bool]] = {
    "=": lambda value: value == 0,
    "!=": lambda value: value != 0,
    "<": lambda value: value > 0,
    "<=": lambda value: value >= 0,
    ">": lambda value: value < 0,
    ">=": lambda value: value <= 0,
}
"""By operator: whether a condition with this value holds for a contact without rows, who counts as 0."""
# Few orders are cancelled, so a small partial index finds them. A join would read all other orders.
_COMPLETED = "NOT EXISTS (SELECT 1 FROM commerce_order o WHERE o.id = l.order_id AND o.state <> 'completed')"
ORDERED = frozenset({"order_completed", "order_cancelled", "order_updated"})
"""Kinds of events of a new or changed order."""
BOUGHT = ContactRows("commerce_orderline l", "l.contact_id", where=_COMPLETED, at="l.ordered_at")


def count(column: str) -> Leaf:
    """Returns the leaf of a number in the purchase facts; money is in the smallest unit.

    A contact without orders has no row of facts and counts as 0. Conditions that hold for 0 are compiled to NOT EXISTS
    over the opposite, which needs no join. The join is used if another condition needs it anyway.
    """

    def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
        value = int(Decimal(str(condition.value)).scaleb(spec.decimals))
        if not HOLDS_FOR_ZERO[condition.op](Decimal(str(condition.value))):
            return Sql(f"p.{column} {condition.op} %s", (value,), nullable=True)
        if "p" in context.joined:
            return Sql(f"COALESCE(p.{column}, 0) {condition.op} %s", (value,), reads=frozenset({"p"}))
        return Sql(
            "NOT EXISTS (SELECT 1 FROM commerce_purchasefacts other WHERE other.contact_id = c.id"
            f" AND other.workspace_id = %s AND other.{column} {INVERSE[condition.op]} %s)",
            (context.workspace, value),
            reads=frozenset(),
        )

    return leaf


def _needs_facts(condition: Condition) -> frozenset[str]:
    holds = HOLDS_FOR_ZERO[condition.op](Decimal(str(condition.value)))
    return frozenset() if holds else frozenset({"p"})


def bought_category(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    """Matches contacts with a completed order of these categories. Without a period the purchase facts hold the
    answer."""
    rows = found(context.names.get("category"), condition.value)
    if condition.within_days is not None:
        return BOUGHT.exist_with("l.product_id", [pk for pk, _spelling in rows], condition, context)
    spellings = list(dict.fromkeys(spelling for _pk, spelling in rows))
    return Sql("p.categories && %s::varchar[]", (spellings,), nullable=True) if spellings else NOBODY


PRODUCTS = RowLookup("product", products, columns=("name", "sku"))
CATEGORIES = RowLookup("category", products, columns=("category",), answer=("pk", "category"))


def _facts_fields() -> tuple[FieldSpec, ...]:
    return (
        FieldSpec(
            "orders",
            Kind.WHOLE,
            "orders",
            pgettext("segment", "Number of orders"),
            words={"id": ("pesanan", "jumlah pesanan")},
            aliases=("order", "purchases"),
            sentences={
                ">=": pgettext("segment", "ordered at least {} times"),
                ">": pgettext("segment", "ordered more than {} times"),
                "<=": pgettext("segment", "ordered at most {} times"),
                "<": pgettext("segment", "ordered fewer than {} times"),
                "=": pgettext("segment", "ordered exactly {} times"),
                "= 0": pgettext("segment", "never ordered"),
            },
            leaf=count("orders"),
            changed_by=ORDERED,
            tables=_needs_facts,
        ),
        FieldSpec(
            "spent",
            Kind.MONEY,
            "orders",
            pgettext("segment", "Total spent"),
            words={"id": ("total belanja", "belanja")},
            aliases=("total", "spend", "revenue"),
            leaf=count("spent"),
            changed_by=ORDERED,
            tables=_needs_facts,
        ),
        FieldSpec(
            "last order",
            Kind.MOMENT,
            "orders",
            pgettext("segment", "Last order"),
            words={"id": ("pesanan terakhir", "belanja terakhir", "terakhir belanja", "sudah belanja")},
            aliases=("last", "last_order", "terakhir"),
            leaf=moment("p.last_order_at"),
            changed_by=ORDERED,
            tables=reads("p"),
        ),
        FieldSpec(
            "first order",
            Kind.MOMENT,
            "orders",
            pgettext("segment", "First order"),
            words={"id": ("pesanan pertama",)},
            aliases=("first", "first_order"),
            leaf=moment("p.first_order_at"),
            changed_by=ORDERED,
            tables=reads("p"),
        ),
    )


def _bought_fields() -> tuple[FieldSpec, ...]:
    return (
        FieldSpec(
            "bought product",
            Kind.BOUGHT,
            "orders",
            pgettext("segment", "Products bought"),
            words={"id": ("membeli produk", "beli produk")},
            aliases=("product", "produk", "sku", "bought"),
            lookup="product",
            sentences={
                "": pgettext("segment", "bought {}"),
                "not:": pgettext("segment", "did not buy {}"),
                "in": pgettext("segment", "bought one of {}"),
                "not:in": pgettext("segment", "bought none of {}"),
            },
            leaf=named_rows(BOUGHT, "l.product_id"),
            changed_by=ORDERED,
        ),
        FieldSpec(
            "bought category",
            Kind.BOUGHT,
            "orders",
            pgettext("segment", "Categories bought"),
            words={"id": ("membeli kategori", "beli kategori")},
            aliases=("category", "kategori"),
            lookup="category",
            sentences={
                "": pgettext("segment", "bought from category {}"),
                "not:": pgettext("segment", "bought nothing from category {}"),
                "in": pgettext("segment", "bought from one of the categories {}"),
                "not:in": pgettext("segment", "bought from none of the categories {}"),
            },
            leaf=bought_category,
            changed_by=ORDERED,
            tables=lambda condition: frozenset({"p"} if condition.within_days is None else ()),
        ),
    )


def order_fields() -> tuple[FieldSpec, ...]:
    """Returns the fields of orders and of their products."""
    return *_facts_fields(), *_bought_fields()
