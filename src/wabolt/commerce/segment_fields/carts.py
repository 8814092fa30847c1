"""The segment fields of carts. Of several waiting carts of a contact, only the one that was changed last counts."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.commerce.segment_fields.orders import HOLDS_FOR_ZERO, ORDERED
from wabolt.lib.segmentation import INVERSE, Condition, Context, FieldSpec, Kind, Leaf, Sql, exists, moment

CARTS = "commerce_cart k"
_WAITING = "state IN ('open', 'abandoned')"
_CURRENT = (
    f"k.{_WAITING} AND NOT EXISTS (SELECT 1 FROM commerce_cart newer WHERE newer.contact_id = k.contact_id"
    f" AND newer.{_WAITING} AND (newer.changed_at, newer.id) > (k.changed_at, k.id))"
)
_ABANDONED = f"k.state = 'abandoned' AND {_CURRENT}"
MOST_HOURS = 24 * 366
CHANGED = ORDERED | {"cart_updated", "cart_abandoned"}
"""Kinds of events after which the fields of carts can change. An order can close a cart."""


def _carts(where: Sql, context: Context) -> Sql:
    """Returns the condition that the contact has a cart for which `where` holds."""
    return exists("k.contact_id", CARTS, where, here=Sql("k.workspace_id = %s", (context.workspace,)))


def _number(rows: Callable[[str, Decimal, FieldSpec, Context], Sql]) -> Leaf:
    """Returns the leaf of a number that is 0 for contacts without a cart. `rows`: the condition for contacts with
    one."""

    def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
        value = Decimal(str(condition.value))
        if HOLDS_FOR_ZERO[condition.op](value):
            return rows(INVERSE[condition.op], value, spec, context).negated()
        return rows(condition.op, value, spec, context)

    return leaf


def _value(op: str, value: Decimal, spec: FieldSpec, context: Context) -> Sql:
    return _carts(Sql(f"k.total {op} %s AND {_CURRENT}", (int(value.scaleb(spec.decimals)),)), context)


def _hours(op: str, value: Decimal, _spec: FieldSpec, context: Context) -> Sql:
    """Compares the whole hours since the cart was abandoned, rounded down."""
    now = context.now
    since, until = now - timedelta(hours=int(value)), now - timedelta(hours=int(value) + 1)
    test = {
        "=": Sql("k.abandoned_at <= %s AND k.abandoned_at > %s", (since, until)),
        "!=": Sql("(k.abandoned_at > %s OR k.abandoned_at <= %s)", (since, until)),
        ">=": Sql("k.abandoned_at <= %s", (since,)),
        ">": Sql("k.abandoned_at <= %s", (until,)),
        "<": Sql("k.abandoned_at > %s", (since,)),
        "<=": Sql("k.abandoned_at > %s", (until,)),
    }[op]
    return _carts(Sql(f"{test.text} AND {_ABANDONED}", test.params), context)


def _times(op: str, value: Decimal, _spec: FieldSpec, context: Context) -> Sql:
    where = "k.first_abandoned_at IS NOT NULL"
    text = f"(SELECT count(*) FROM {CARTS} WHERE k.contact_id = c.id AND {where}) {op} %s"
    members = (
        f"SELECT k.contact_id AS id FROM {CARTS} WHERE k.workspace_id = %s AND {where}"
        f" GROUP BY k.contact_id HAVING count(*) {op} %s"
    )
    return Sql(text, (int(value),), members=Sql(members, (context.workspace, int(value))))


def _abandoned_on(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
    """Compares the day on which the current cart was abandoned."""
    if condition.op == "is empty":
        return _carts(Sql(_ABANDONED), context).negated()
    when = moment("k.abandoned_at", nullable=False)(condition, spec, context)
    return _carts(Sql(f"{when.text} AND {_ABANDONED}", when.params), context)


def _has_abandoned(_condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
    return _carts(Sql(_ABANDONED), context)


def cart_fields() -> tuple[FieldSpec, ...]:
    """Returns the fields of carts."""
    return *_fields_of_the_cart(), *_counts()


def _fields_of_the_cart() -> tuple[FieldSpec, ...]:
    return (
        FieldSpec(
            "has abandoned cart",
            Kind.FLAG,
            "carts",
            pgettext("segment", "Abandoned a cart"),
            words={"id": ("punya keranjang ditinggal", "keranjang ditinggal")},
            aliases=("abandoned cart", "cart"),
            leaf=_has_abandoned,
            changed_by=CHANGED,
        ),
        FieldSpec(
            "cart value",
            Kind.MONEY,
            "carts",
            pgettext("segment", "Value of the cart"),
            words={"id": ("nilai keranjang", "isi keranjang")},
            aliases=("cart total", "cart_value"),
            leaf=_number(_value),
            changed_by=CHANGED,
        ),
        FieldSpec(
            "cart left",
            Kind.MOMENT,
            "carts",
            pgettext("segment", "Day on which the cart was abandoned"),
            words={"id": ("meninggalkan keranjang",)},
            aliases=("cart abandoned", "abandoned_at"),
            leaf=_abandoned_on,
            changed_by=CHANGED,
        ),
    )


def _counts() -> tuple[FieldSpec, ...]:
    return (
        FieldSpec(
            "cart hours",
            Kind.WHOLE,
            "carts",
            pgettext("segment", "Hours since the cart was abandoned"),
            words={"id": ("jam keranjang ditinggal",)},
            aliases=("hours", "cart_hours"),
            maximum=MOST_HOURS,
            sentences={
                ">=": pgettext("segment", "abandoned a cart at least {} hours ago"),
            },
            leaf=_number(_hours),
            changed_by=CHANGED,
        ),
        FieldSpec(
            "abandoned carts",
            Kind.WHOLE,
            "carts",
            pgettext("segment", "Number of abandoned carts"),
            words={"id": ("jumlah keranjang ditinggal",)},
            aliases=("carts abandoned",),
            sentences={
                ">=": pgettext("segment", "abandoned a cart at least {} times"),
                "= 0": pgettext("segment", "never abandoned a cart"),
            },
            leaf=_number(_times),
            changed_by=CHANGED,
        ),
    )
