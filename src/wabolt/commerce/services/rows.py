"""The rows of a file that are one order, put together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from wabolt.commerce.services.orders import NewLine


class OrderRow(NamedTuple):
    """A row as it was understood; amounts in the smallest unit. `paid` is price times quantity, or the row's
    total where it has no price. `stated` is the row's total as written, `order_total` that of the whole order (None for
    an empty cell). `priced`: the price of one is known.
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
    priced: bool
    state: str
    voucher: str

    @property
    def total(self) -> int:
        return self.paid if self.stated is None else self.stated


def lines_of(kept: Sequence[OrderRow], total: int) -> tuple[NewLine, ...]:
    """The products of an order. Where no row has an amount of its own, the order's total is shared by quantity, so that
    the products add up to it."""
    lines = [row.line for row in kept if row.line]
    pieces = sum(line.quantity for line in lines)
    if any(row.paid for row in kept) or not pieces:
        return tuple(lines)
    shared, left, pieces_left = [], total, pieces
    for line in lines:
        part = left * line.quantity // pieces_left
        left, pieces_left = left - part, pieces_left - line.quantity
        shared.append(replace(line, total=part))
    return tuple(shared)


def told_once(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """The rows of one order, in the file's order, without what a later part of the file tells again: two exports that
    overlap were pasted together. The later part counts, its status is newer. Equal rows that follow one another are
    two things bought."""
    latest = {_told(part): part for part in _parts(rows)}
    return [row for part in latest.values() for row in part]


def told_again(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """Those of the rows of one order that say once more what was said further up."""
    parts = _parts(rows)
    said: set[tuple[object, ...]] = set()
    again: list[OrderRow] = []
    for part in parts if len(parts) > 1 else ():
        again += part if _told(part) in said else ()
        said.add(_told(part))
    return again


def _parts(rows: Sequence[OrderRow]) -> list[list[OrderRow]]:
    """The rows in the groups in which they follow one another in the file."""
    parts: list[list[OrderRow]] = []
    for row in rows:
        if parts and row.row == parts[-1][-1].row + 1:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def _told(part: Sequence[OrderRow]) -> tuple[object, ...]:
    return tuple((row.line, row.paid, row.stated, row.order_total) for row in part)


def standing(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """The rows that were not cancelled; all of them where the whole order was."""
    return [row for row in rows if row.state != "cancelled"] or list(rows)


def total_of(rows: Sequence[OrderRow]) -> int:
    """What the rows of an order that were not cancelled cost together.

    A column with the total of the order (`order_total`) counts once. Where there is none, a marketplace repeats the
    order's total in each row, or gives it in the first, beside the price of each product; a till gives a total per row.
    """
    kept = standing(rows)
    whole = next((row.order_total for row in rows if row.order_total is not None), None)
    if whole is not None:
        # After a partial cancellation the total may still be that of the whole order.
        return whole if len(kept) == len(rows) else min(whole, sum(row.total for row in kept) or whole)
    totals = {row.stated for row in kept if row.stated is not None}
    by_row = all(row.stated in {None, row.paid} for row in kept)
    if len(rows) == 1 or by_row or len(totals) > 1 or not all(row.priced for row in kept):
        return sum(row.total for row in kept)
    (total,) = totals
    # Of an order that was cancelled in part the total may still be that of all of it.
    return total if len(kept) == len(rows) else min(total, sum(row.paid for row in kept))
