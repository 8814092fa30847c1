"""Combines the rows of a file that belong to one order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from wabolt.commerce.services.orders import NewLine


class OrderRow(NamedTuple):
    """A parsed row; amounts in the smallest unit.

    `paid` is price times quantity, or the row's total if it has no price. `stated` is the row's total as written and
    `order_total` that of the whole order, None for an empty cell. `refunded` was paid back: for the row, or for the
    whole order and repeated in its rows. `priced`: the unit price is known.
    """

    row: int
    cells: Sequence[str]
    number: str
    phone: str
    code: str
    username: str
    name: str
    ordered_at: datetime
    line: NewLine | None
    paid: int
    stated: int | None
    order_total: int | None
    refunded: int
    priced: bool
    state: str
    voucher: str

    @property
    def total(self) -> int:
        return self.paid if self.stated is None else self.stated


def lines_of(rows: Sequence[OrderRow], total: int) -> tuple[NewLine, ...]:
    """Returns the products of an order. If no row has an amount of its own, the order's total is distributed by
    quantity, so that the products add up to it."""
    lines = [row.line for row in rows if row.line]
    pieces = sum(line.quantity for line in lines)
    if any(row.paid for row in rows) or not pieces:
        return tuple(lines)
    shared, left, pieces_left = [], total, pieces
    for line in lines:
        part = left * line.quantity // pieces_left
        left, pieces_left = left - part, pieces_left - line.quantity
        shared.append(replace(line, total=part))
    return tuple(shared)


def without_repeats(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """Returns the rows of one order in file order, without those that a later part of the file repeats.

    Repetitions come from two overlapping exports in one file. The later part counts, because its status is newer.
    Adjacent equal rows are no repetition but two pieces of one product.
    """
    latest = {_content(part): part for part in _parts(rows)}
    return [row for part in latest.values() for row in part]


def repeated_rows(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """Returns the rows of one order that repeat earlier rows."""
    parts = _parts(rows)
    known: set[tuple[object, ...]] = set()
    repeated: list[OrderRow] = []
    for part in parts if len(parts) > 1 else ():
        repeated += part if _content(part) in known else ()
        known.add(_content(part))
    return repeated


def _parts(rows: Sequence[OrderRow]) -> list[list[OrderRow]]:
    """Groups the rows into runs of adjacent rows."""
    parts: list[list[OrderRow]] = []
    for row in rows:
        if parts and row.row == parts[-1][-1].row + 1:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def _content(part: Sequence[OrderRow]) -> tuple[object, ...]:
    """Returns what a repetition has in common with the earlier part. A refund changes `refunded` or `order_total`."""
    return tuple((row.line, row.paid, row.stated, row.order_total is None) for row in part)


def kept_rows(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """Returns the rows that were not cancelled, or all rows if the whole order was cancelled."""
    return [row for row in rows if row.state != "cancelled"] or list(rows)


def outcome_of(rows: Sequence[OrderRow]) -> tuple[int, str]:
    """Returns the total and the state of an order.

    The total is the amount that the shop kept: without cancelled rows and less what was paid back. An order whose whole
    total was paid back is cancelled, with the total that was paid.
    """
    total, cancelled = _paid(rows)
    refunded, state = _refunded(rows, cancelled), kept_rows(rows)[-1].state
    if state == "cancelled" or not refunded:
        return total, state
    return (total - refunded, state) if refunded < total else (total, "cancelled")


def _refunded(rows: Sequence[OrderRow], cancelled: int | None) -> int:
    """Returns what was paid back for the rows that were not cancelled.

    If the order has one total, one amount in several rows is that of the order and counts once, less the amount of the
    cancelled rows (`cancelled`). Otherwise each row has its own amount.
    """
    amounts = {row.refunded for row in rows if row.refunded}
    if cancelled is not None and len(amounts) == 1:
        return max(0, amounts.pop() - cancelled)
    return sum(row.refunded for row in kept_rows(rows))


def _paid(rows: Sequence[OrderRow]) -> tuple[int, int | None]:
    """Returns the amount that was paid for an order, without its cancelled rows, and the amount of these rows. The
    latter is None if the order has no total of its own, but the totals of its rows are added up.

    A column with the total of the order (`order_total`) counts once. Without one, a marketplace repeats the order's
    total in each row or gives it in the first row, and has unit prices; a till gives a total per row.
    """
    counted = kept_rows(rows)
    column = next((row.order_total for row in rows if row.order_total is not None), None)
    whole = _repeated_total(rows) if column is None else column
    if whole is None:
        return sum(row.total for row in counted), None
    per_row = {row.row: row.paid if column is None else row.total for row in rows}
    kept = sum(per_row[row.row] for row in counted)
    # After a partial cancellation the total may still be that of the whole order.
    total = whole if len(counted) == len(rows) else min(whole, kept or whole)
    return total, sum(per_row.values()) - kept


def _repeated_total(rows: Sequence[OrderRow]) -> int | None:
    """Returns the total of the order that the totals of its rows repeat, None if each row has its own."""
    counted = kept_rows(rows)
    totals = {row.stated for row in counted if row.stated is not None}
    by_row = all(row.stated in {None, row.paid} for row in counted)
    if len(rows) == 1 or by_row or len(totals) > 1 or not all(row.priced for row in counted):
        return None
    return totals.pop()
