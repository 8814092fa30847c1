"""Decides whether a column of amounts has the total of each row or repeats the total of the whole order."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import fold

Meaning = Literal["row", "order", "unknown"]
_ENOUGH_ORDERS = 3
"""Orders of different products that repeat one amount: in fewer, equal prices may be an accident."""


class _Line(NamedTuple):
    """A row of an order. `amount` is that of the column in question, `others` are those of columns without a
    target."""

    product: str
    quantity: int
    amount: int | None
    others: Mapping[int, int]


class Amounts:
    """The amounts of a sample of orders. `repeated` are the orders of several rows.

    `places`: {target: column index} with "number" and "total". `totals`: the cells of the row of totals below the
    orders, if the sample is the whole file.
    """

    def __init__(self, places: Mapping[str, int], rows: Sequence[Sequence[str]], totals: Sequence[str] = ()) -> None:
        self._places, self._taken = places, set(places.values())
        orders: dict[str, list[_Line]] = {}
        for row in rows:
            if number := _cell(row, places["number"]):
                orders.setdefault(number, []).append(self._line(row))
        self._orders = list(orders.values())
        self.repeated = [lines for lines in self._orders if len(lines) > 1]
        self._grand_total = _amount(_cell(totals, places["total"]))

    def repeat_one_amount(self) -> bool:
        """Whether every order of several rows has a single amount, in each or in some of its rows."""
        return bool(self.repeated) and all(len(_amounts(lines)) == 1 for lines in self.repeated)

    def meaning(self) -> Meaning:
        """Returns the meaning of the amounts. The sum below the orders decides, then an amount that only the first row
        of an order has, then the known prices of the products and the other columns, then the number of orders with one
        amount."""
        if (by_sum := self._by_grand_total()) != "unknown":
            return by_sum
        if any(None in {line.amount for line in lines} for lines in self.repeated):
            return "order"
        votes = {self._by_prices(lines) for lines in self.repeated} | {
            self._by_column(index) for index in set.intersection(*(set(line.others) for line in self._lines()))
        }
        meanings = votes - {"unknown"}
        if len(meanings) == 1:
            return meanings.pop()
        different = self.of_different_products()
        if not meanings and len(different) >= _ENOUGH_ORDERS and len({lines[0].amount for lines in different}) > 1:
            return "order"
        return "unknown"

    def of_different_products(self) -> list[list[_Line]]:
        """The orders of several rows that are not several pieces of one product, which cost the same anyway."""
        return [lines for lines in self.repeated if not lines[0].product or len({line.product for line in lines}) > 1]

    def _lines(self) -> list[_Line]:
        return [line for lines in self.repeated for line in lines]

    def _line(self, row: Sequence[str]) -> _Line:
        places = self._places
        product = _cell(row, places.get("sku")) or fold(_cell(row, places.get("product")))
        quantity = parse_quantity(_cell(row, places.get("quantity")) or "1")
        others = {
            index: amount
            for index, cell in enumerate(row)
            if index not in self._taken and (amount := _amount(cell)) is not None
        }
        pieces = 1 if isinstance(quantity, Refusal) else quantity
        return _Line(product, pieces, _amount(_cell(row, places["total"])), others)

    def _by_grand_total(self) -> Meaning:
        of_rows = sum(line.amount or 0 for lines in self._orders for line in lines)
        of_orders = sum(max(_amounts(lines), default=0) for lines in self._orders)
        if of_rows == of_orders or self._grand_total not in {of_rows, of_orders}:
            return "unknown"
        return "row" if self._grand_total == of_rows else "order"

    def _by_prices(self, lines: Sequence[_Line]) -> Meaning:
        """Compares an order with the prices that its products have in orders of one row."""
        if any(a.product and a.product == b.product and a.quantity != b.quantity for a, b in pairwise(lines)):
            return "order"
        prices: dict[str, set[int]] = {}
        for other in self._orders:
            if len(other) == 1 and other[0].product and other[0].amount and not other[0].amount % other[0].quantity:
                prices.setdefault(other[0].product, set()).add(other[0].amount // other[0].quantity)
        known = [(line, prices[line.product]) for line in lines if line.product in prices]
        if not known:
            return "unknown"
        if all(line.amount in {price * line.quantity for price in of_product} for line, of_product in known):
            return "row"
        least = sum(min(of_product) * line.quantity for line, of_product in known)
        return "order" if (lines[0].amount or 0) >= least else "unknown"

    def _by_column(self, index: int) -> Meaning:
        """Compares the amounts with those of another column in all orders of several rows."""
        meanings = {_by_others(lines, [line.others[index] for line in lines]) for lines in self.repeated}
        return meanings.pop() if len(meanings) == 1 else "unknown"


def _by_others(lines: Sequence[_Line], others: Sequence[int]) -> Meaning:
    amount = lines[0].amount or 0
    if not amount:
        return "unknown"
    is_price = [other * line.quantity == amount for other, line in zip(others, lines, strict=True)]
    if set(others) == {amount * len(lines)} or (all(is_price) and any(line.quantity > 1 for line in lines)):
        return "row"
    return "order" if sum(others) == amount and 0 < max(others) < amount else "unknown"


def _amounts(lines: Sequence[_Line]) -> set[int]:
    return {line.amount for line in lines if line.amount is not None}


def _cell(row: Sequence[str], index: int | None) -> str:
    return row[index].strip() if index is not None and index < len(row) else ""


def _amount(text: str) -> int | None:
    found = parse_amount(text, decimals=2)
    return None if isinstance(found, Refusal) else found
