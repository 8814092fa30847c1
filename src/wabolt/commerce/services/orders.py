"""Records orders from a file, a shop or a chat."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import PurchaseFacts
from wabolt.commerce.services.settling import ClosedCart, settle_carts
from wabolt.contacts.services import NewEvent, hold_contacts, record_events
from wabolt.lib.advisory import lock_until_commit
from wabolt.lib.sql import statement


@dataclass(frozen=True, slots=True)
class NewLine:
    """One product of an order; `total` in the smallest unit of the order's currency."""

    sku: str
    name: str = ""
    category: str = ""
    quantity: int = 1
    total: int = 0


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order of a known contact.

    `number` is the shop's own order number; recording it twice is harmless. `total` is the amount that the shop kept
    (`Order.total`), None for the sum of the lines. `cart_key`: the `Cart.key` that became the order, if the shop knows
    it.
    """

    contact_id: int
    number: str
    ordered_at: datetime
    lines: tuple[NewLine, ...] = field(default_factory=tuple)
    total: int | None = None
    state: str = "completed"
    voucher_code: str = ""
    source: str = ""
    cart_key: str = ""


@dataclass(frozen=True, slots=True)
class RecordedOrders:
    """The numbers of new and of changed orders, and how many were unchanged."""

    created: frozenset[str]
    updated: frozenset[str]
    unchanged: int


STAGE = """
CREATE TEMP TABLE order_stage ON COMMIT DROP AS
SELECT number, contact_id, ordered_at, total, state, voucher_code, source, cart_key, lines
  FROM jsonb_to_recordset(%(orders)s) AS o (
       number text, contact_id bigint, ordered_at timestamptz, total bigint, state text, voucher_code text,
       source text, cart_key text, lines jsonb)
"""
STAGE_LINES = """
CREATE TEMP TABLE order_line_stage ON COMMIT DROP AS
SELECT s.number, l.sku, max(l.name) AS name, max(l.category) AS category,
       sum(l.quantity)::int AS quantity, sum(l.total)::bigint AS total
  FROM order_stage s, jsonb_to_recordset(s.lines) AS l (
       sku text, name text, category text, quantity int, total bigint)
 GROUP BY s.number, l.sku
"""
PRODUCTS = """
INSERT INTO commerce_product AS p (workspace_id, sku, name, category, url)
SELECT %(workspace)s, sku, coalesce(nullif(max(name), ''), sku), max(category), '' FROM order_line_stage GROUP BY sku
ON CONFLICT (workspace_id, sku) DO UPDATE
   SET name = coalesce(nullif(excluded.name, excluded.sku), p.name),
       category = coalesce(nullif(excluded.category, ''), p.category)
 WHERE (coalesce(nullif(excluded.name, excluded.sku), p.name), coalesce(nullif(excluded.category, ''), p.category))
       IS DISTINCT FROM (p.name, p.category)
"""
ORDERS = """
INSERT INTO commerce_order AS o
       (workspace_id, contact_id, number, ordered_at, total, currency, state, voucher_code, source, cart_key)
SELECT %(workspace)s, contact_id, number, ordered_at, total, %(currency)s, state, voucher_code, source, cart_key
  FROM order_stage
ON CONFLICT (workspace_id, number) DO UPDATE
   SET ordered_at = excluded.ordered_at, total = excluded.total, state = excluded.state,
       voucher_code = coalesce(nullif(excluded.voucher_code, ''), o.voucher_code),
       cart_key = coalesce(nullif(excluded.cart_key, ''), o.cart_key)
 WHERE (excluded.ordered_at, excluded.total, excluded.state,
        coalesce(nullif(excluded.voucher_code, ''), o.voucher_code),
        coalesce(nullif(excluded.cart_key, ''), o.cart_key))
       IS DISTINCT FROM (o.ordered_at, o.total, o.state, o.voucher_code, o.cart_key)
RETURNING new.id, new.number, new.contact_id, new.ordered_at, new.total, new.state, old.state AS before
"""
LINES = statement(__file__, "write_lines")
"""Replaces the lines of the staged orders: deletes missing lines, inserts new and changed ones. An order that comes
without lines keeps its lines. Returns the ids of the orders whose lines changed."""
_FACTS = statement(__file__, "write_facts")
RELEASE = """
UPDATE commerce_voucher v SET redeemed_at = NULL, order_id = NULL
  FROM commerce_order o
 WHERE o.id = ANY(%(orders)s) AND v.order_id = o.id AND (o.state <> 'completed' OR upper(o.voucher_code) <> v.code)
"""
OWNERS = "SELECT id, number, contact_id FROM commerce_order WHERE id = ANY(%(orders)s) ORDER BY id"
REDEEM = """
UPDATE commerce_voucher v SET redeemed_at = o.ordered_at, order_id = o.id
  FROM (SELECT DISTINCT ON (upper(voucher_code)) * FROM commerce_order
         WHERE id = ANY(%(orders)s) AND voucher_code <> '' AND state = 'completed'
         ORDER BY upper(voucher_code), ordered_at, id) o
 WHERE v.workspace_id = %(workspace)s AND v.code = upper(o.voucher_code) AND v.redeemed_at IS NULL
RETURNING v.id, v.contact_id, v.code, v.origin_kind, v.origin_id, o.id, o.ordered_at
"""


@transaction.atomic
def record_orders(*, workspace: Workspace, orders: Sequence[NewOrder]) -> RecordedOrders:
    """Stores `orders` set-wise with their products, purchase facts, events and redeemed vouchers.

    An order with a known number is updated (time, total, state, lines); its contact stays. If one call contains a
    number several times, the last one counts.
    """
    unique = {order.number: order for order in orders}
    if not unique:
        return RecordedOrders(frozenset(), frozenset(), 0)
    with connection.cursor() as cursor:
        # The purchase facts are recomputed from all orders, because adding up would miss orders of concurrent calls.
        lock_until_commit(cursor, f"commerce.orders:{workspace.pk}")
        hold_contacts(workspace, {order.contact_id for order in unique.values()})
        changed, with_lines = _store(cursor, workspace, list(unique.values()))
        if changed or with_lines:
            cursor.execute(OWNERS, {"orders": sorted({row[0] for row in changed} | set(with_lines))})
            owners = cursor.fetchall()
            contacts = sorted({order.contact_id for order in unique.values()} | {row[2] for row in owners})
            write_facts(cursor, workspace, contacts)
            carts = settle_carts(workspace, contacts)
            _update_vouchers_and_events(cursor, workspace, changed, unique, carts)
            _record_updates(workspace, owners, changed)
    created = frozenset(row[1] for row in changed if row[-1] is None)
    updated = frozenset(row[1] for row in changed if row[-1] is not None)
    return RecordedOrders(created, updated, len(unique) - len(changed))


def write_facts(cursor: Any, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Computes the purchase facts of these contacts from all their orders."""
    values = {"workspace": workspace.pk, "contacts": list(contact_ids), "zone": workspace.timezone}
    cursor.execute(_FACTS, {**values, "habit_days": PurchaseFacts.HABIT_DAYS})


def _store(cursor: Any, workspace: Workspace, orders: list[NewOrder]) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Writes products, orders and lines. Returns the new or changed orders, and the ids of those with changed lines."""
    cursor.execute("DROP TABLE IF EXISTS order_stage, order_line_stage")
    cursor.execute(STAGE, {"orders": json.dumps([_as_json(order) for order in orders])})
    cursor.execute(STAGE_LINES)
    scope = {"workspace": workspace.pk, "currency": workspace.currency}
    cursor.execute(PRODUCTS, scope)
    cursor.execute(ORDERS, scope)
    changed: list[tuple[Any, ...]] = cursor.fetchall()
    cursor.execute(LINES, scope)
    return changed, [pk for (pk,) in cursor.fetchall()]


def _as_json(order: NewOrder) -> dict[str, object]:
    return {
        "number": order.number,
        "contact_id": order.contact_id,
        "ordered_at": order.ordered_at.isoformat(),
        "total": sum(line.total for line in order.lines) if order.total is None else order.total,
        "state": order.state,
        "voucher_code": order.voucher_code.strip().upper(),
        "source": order.source,
        "cart_key": order.cart_key,
        "lines": [
            {"sku": line.sku, "name": line.name, "category": line.category.strip().lower(),
             "quantity": line.quantity, "total": line.total}
            for line in order.lines
        ],
    }  # fmt: skip


def _update_vouchers_and_events(
    cursor: Any,
    workspace: Workspace,
    changed: list[tuple[Any, ...]],
    orders: dict[str, NewOrder],
    carts: Mapping[int, ClosedCart],
) -> None:
    """Redeems the vouchers of changed orders, releases those of cancelled orders, and writes the events."""
    scope = {"workspace": workspace.pk, "orders": [row[0] for row in changed]}
    cursor.execute(RELEASE, scope)
    cursor.execute(REDEEM, scope)
    events = [
        NewEvent(contact, "voucher_redeemed", at, {"voucher": voucher, "code": code, "order": order, kind: origin})
        for voucher, contact, code, kind, origin, order, at in cursor.fetchall()
    ]
    for pk, number, contact, at, total, state, before in changed:
        if state == before:
            continue
        kind = "order_completed" if state == "completed" else "order_cancelled"
        data = {"order": pk, "number": number, "total": total, "currency": workspace.currency}
        data["products"] = [line.name or line.sku for line in orders[number].lines]
        data["skus"] = [line.sku for line in orders[number].lines]
        if pk in carts:
            data |= {"cart": carts[pk].id, "recovered": carts[pk].recovered}
        events.append(NewEvent(contact, kind, at, data))
    record_events(workspace=workspace, events=events)


def _record_updates(
    workspace: Workspace, owners: Sequence[tuple[int, str, int]], changed: Sequence[tuple[Any, ...]]
) -> None:
    """Records `order_updated` for known orders in the same state as before, with another time, total or lines."""
    with_new_state = {row[0] for row in changed if row[5] != row[6]}
    events = [
        NewEvent(contact, "order_updated", data={"order": pk, "number": number})
        for pk, number, contact in owners
        if pk not in with_new_state
    ]
    record_events(workspace=workspace, events=events)
