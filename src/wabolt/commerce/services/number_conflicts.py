"""Finds rows that have the number of an order of another buyer: many shops begin again with 1 each day or year."""

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from typing import NamedTuple

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Order
from wabolt.commerce.services.rows import OrderRow
from wabolt.imports.registry import Rejection
from wabolt.lib.phone_variants import variants


class _Stored(NamedTuple):
    """An order in the database, with the id and the name of its contact."""

    contact: int
    name: str
    day: date


def split_conflicts(
    workspace: Workspace,
    rows: Sequence[OrderRow],
    known: Mapping[str, Sequence[OrderRow]],
    owners: Mapping[int, Sequence[int]],
) -> tuple[list[OrderRow], list[Rejection]]:
    """Returns the rows without a conflict, and a rejection for each other row.

    `known`: the rows of this file by order number, from earlier chunks. `owners`: {row number: ids of the contacts that
    the addresses in the row belong to, the deciding one first}. The stored orders include those of this import: a row
    that is read again has the owner of its order.
    """
    firsts = {number: of_number[0] for number, of_number in known.items() if of_number}
    stored = _stored(workspace, {row.number for row in rows} - firsts.keys())
    kept, refused = [], []
    for row in rows:
        first = firsts.get(row.number)
        if first is not None:
            differs = _are_two_orders(first, row, workspace.tz)
        else:
            order = stored.get(row.number)
            differs = order is not None and _is_another_order(order, row, owners.get(row.row, ()), workspace.tz)
        if differs:
            refused.append(Rejection(row.row, row.cells, "order_other_buyer", {"text": row.number}))
        else:
            firsts.setdefault(row.number, row)
            kept.append(row)
    return kept, refused


def _stored(workspace: Workspace, numbers: set[str]) -> dict[str, _Stored]:
    orders = Order.objects.filter(workspace=workspace, number__in=numbers)
    return {
        number: _Stored(contact, name, at.astimezone(workspace.tz).date())
        for number, contact, name, at in orders.values_list("number", "contact_id", "contact__name", "ordered_at")
    }


def _is_another_order(order: _Stored, row: OrderRow, owners: Sequence[int], tz: tzinfo) -> bool:
    """Whether a row is no part or newer version of a stored order: its buyer is another contact, and the day or the
    name differs. The name of a contact that has an address of the row does not count: a shop may change it."""
    if order.contact in owners[:1]:
        return False
    other_day = order.day != row.ordered_at.astimezone(tz).date()
    return other_day or (order.contact not in owners and _have_other_names(order.name, row.name))


def _are_two_orders(first: OrderRow, row: OrderRow, tz: tzinfo) -> bool:
    """Whether the buyers of two rows are different people who bought on different days or have different names. In one
    order the rows may have different numbers of one person."""
    if not _are_two_buyers(first, row):
        return False
    other_day = first.ordered_at.astimezone(tz).date() != row.ordered_at.astimezone(tz).date()
    return other_day or _have_other_names(first.name, row.name)


def _have_other_names(one: str, other: str) -> bool:
    """Whether both names are known and differ."""
    return bool(one and other) and one.casefold() != other.casefold()


def _are_two_buyers(first: OrderRow, row: OrderRow) -> bool:
    pairs = ((first.code, row.code), (first.username, row.username), (_line(first.phone), _line(row.phone)))
    both = [(one, other) for one, other in pairs if one and other]
    return bool(both) and all(one != other for one, other in both)


def _line(phone: str) -> str:
    """One form for all ways to write a line (docs/adr/0021-address-variants.md)."""
    return min(variants(phone)) if phone else ""
