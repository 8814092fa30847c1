"""The segment fields of orders."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Product
from wabolt.commerce.queries import categories, products
from wabolt.lib.segmentation import (
    INVERSE,
    NOBODY,
    Condition,
    Context,
    FieldGroup,
    FieldSpec,
    JoinedTable,
    Kind,
    Leaf,
    Sql,
    exists,
    found,
    moment,
    reads,
    register_fields,
    register_lookup,
    register_table,
)

_HOLDS_FOR_ZERO: dict[str, Callable[[Decimal], bool]] = {
    "=": lambda value: value == 0,
    "!=": lambda value: value != 0,
    "<": lambda value: value > 0,
    "<=": lambda value: value >= 0,
    ">": lambda value: value < 0,
    ">=": lambda value: value <= 0,
}
# Few orders are cancelled: their own small index finds them, whereas the many others would have to be joined.
_COMPLETED = "NOT EXISTS (SELECT 1 FROM commerce_order o WHERE o.id = l.order_id AND o.state <> 'completed')"


def count(column: str) -> Leaf:
    """The leaf of a number of the purchase facts; money is in the smallest unit.

    A contact who never ordered has no facts and counts as 0. Such contacts belong to "fewer than 3" unless facts speak
    against it, which a NOT EXISTS finds without a join. The join is used when another condition needs it anyway.
    """

    def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
        value = int(Decimal(str(condition.value)).scaleb(spec.decimals))
        if not _HOLDS_FOR_ZERO[condition.op](Decimal(str(condition.value))):
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
    holds = _HOLDS_FOR_ZERO[condition.op](Decimal(str(condition.value)))
    return frozenset() if holds else frozenset({"p"})


def _bought(condition: Condition, products: list[int], context: Context) -> Sql:
    if not products:
        return NOBODY
    when = context.since("l.ordered_at", condition.within_days)
    where = Sql(f"l.product_id = ANY(%s::bigint[]) AND {when.text} AND {_COMPLETED}", (products, *when.params))
    return exists("l.contact_id", "commerce_orderline l", where)


def bought_product(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    """A completed order holds one of these products."""
    return _bought(condition, found(context.names.get("product"), condition.value), context)


def bought_category(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    """A completed order holds a product of one of these categories. Without days the purchase facts know it."""
    rows = found(context.names.get("category"), condition.value)
    if condition.within_days is not None:
        return _bought(condition, [pk for pk, _spelling in rows], context)
    spellings = list(dict.fromkeys(spelling for _pk, spelling in rows))
    return Sql("p.categories && %s::varchar[]", (spellings,), nullable=True) if spellings else NOBODY


class ProductLookup:
    """Products by SKU or name."""

    key = "product"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Ids by lower-case SKU and name."""
        low = [Lower(Value(word)) for word in words]
        rows = Product.objects.alias(low_sku=Lower("sku"), low_name=Lower("name")).filter(
            Q(low_sku__in=low) | Q(low_name__in=low), workspace=workspace
        )
        ids: dict[str, list[int]] = {}
        for pk, sku, name in rows.values_list("id", "sku", "name"):
            for word in {sku.lower(), name.lower()}:
                ids.setdefault(word, []).append(pk)
        return ids

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """Names of products."""
        return list(products(workspace).values_list("name", flat=True)[:limit])


class CategoryLookup:
    """Categories by name: (id of a product, stored spelling of its category)."""

    key = "category"
    strict = True

    def resolve(self, workspace: Workspace, words: Sequence[str]) -> Mapping[str, Sequence[tuple[int, str]]]:
        """The products of these categories by lower-case category."""
        low = [Lower(Value(word)) for word in words]
        rows = Product.objects.alias(low=Lower("category")).filter(workspace=workspace, low__in=low)
        pairs: dict[str, list[tuple[int, str]]] = {}
        for pk, category in rows.values_list("id", "category"):
            pairs.setdefault(category.lower(), []).append((pk, category))
        return pairs

    def suggest(self, workspace: Workspace, limit: int) -> list[str]:
        """Names of categories."""
        return categories(workspace)[:limit]


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
            leaf=bought_product,
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
            tables=lambda condition: frozenset({"p"} if condition.within_days is None else ()),
        ),
    )


def register() -> None:
    """Called from `CommerceConfig.ready`."""
    register_table(JoinedTable("p", "commerce_purchasefacts", "p.workspace_id = %s"))
    register_lookup(ProductLookup())
    register_lookup(CategoryLookup())
    register_fields(FieldGroup("orders", pgettext("segment", "Orders"), 40), *_facts_fields(), *_bought_fields())
