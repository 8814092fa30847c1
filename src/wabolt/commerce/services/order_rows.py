"""Parses rows of orders into `OrderRow` or a refusal. Uses no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from wabolt.commerce.rules.order_states import order_state
from wabolt.commerce.services.orders import NewLine
from wabolt.commerce.services.rows import OrderRow
from wabolt.imports.models import Import
from wabolt.imports.registry import CellWarning, Rejection, Row
from wabolt.lib import clock, formats
from wabolt.lib.dates import from_1904, parse_datetime
from wabolt.lib.known_files import known_file
from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.names import tidy_name
from wabolt.lib.phones import Phone, parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.tables.model import names_a_total
from wabolt.lib.text import clean, is_rounded, means_nothing, plain_cell, slug

FIRST_DAY = date(2000, 1, 1)
LARGEST = 10**12
"""Largest amount of one row, in the smallest unit. A larger number is rejected, because a sum of millions of such
rows would overflow a bigint."""
_NUMBER_LENGTH, _CODE_LENGTH = 60, 100
_BUYER = (
    "phone", "phone2", "phone3", "code", "username", "name", "first_name", "middle_name", "last_name", "ordered_at",
    "ordered_clock",
    "status", "cancelled_at", "voucher", "order_total",
)  # fmt: skip
"""Targets that a further row of an order may leave empty. It takes them from the row before."""
_PHONES = ("phone", "phone2", "phone3")
_NAME_PARTS = ("first_name", "middle_name", "last_name")


@dataclass(slots=True)
class Parsed:
    """A chunk of parsed rows."""

    rows: list[OrderRow] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)


class RefusedError(Exception):
    """Raised for a row that is rejected as a whole."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class OrderReader:
    """Parses the rows of one file in order. A further row of an order takes its buyer from the row before."""

    def __init__(self, imported: Import) -> None:
        self.workspace = imported.workspace
        self.mapping = {target: int(index) for index, target in imported.mapping.items() if target != "ignore"}
        self.day_first = bool(imported.options.get("day_first", True))
        self.date_1904 = bool(imported.options.get("date_1904"))
        self.decimals = formats.decimals_of(self.workspace.currency)
        self.tomorrow = clock.now().astimezone(self.workspace.tz).date() + timedelta(days=1)
        known = known_file("orders", [str(name) for name in imported.columns])
        self.marketplace = known.marketplace if known else ""
        self._before: Mapping[str, str] = {}

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether `after` is a further row of the order that `before` belongs to."""
        index = self.mapping["number"]
        if index >= min(len(before), len(after)):
            return False
        return clean(before[index]) == clean(after[index]) or self._is_nameless(after)

    def parse(self, rows: Sequence[Row]) -> Parsed:
        """Parses a chunk. Each row is either in `rows` or in `rejections` of the result."""
        parsed = Parsed()
        for number, cells in rows:
            try:
                parsed.rows.append(self._read(number, cells, parsed.warnings))
            except RefusedError as refused:
                parsed.rejections.append(Rejection(number, cells, refused.code, {"text": refused.text}))
        return parsed

    def _is_nameless(self, cells: Sequence[str]) -> bool:
        """Whether the row has a product but neither a number nor a buyer. Spreadsheets with merged cells have such
        rows."""
        values = {target: cells[index].strip() for target, index in self.mapping.items() if index < len(cells)}
        product = values.get("product") or values.get("sku") or ""
        return bool(product) and not any(values.get(key) for key in ("number", *_BUYER)) and not names_a_total(product)

    def _cells(self, cells: Sequence[str]) -> dict[str, str]:
        """Returns the row's cells by target. Cells that a further row of an order leaves empty come from the row
        before."""
        values = {target: clean(plain_cell(cells[index])) for target, index in self.mapping.items()}
        before = self._before
        if before and self._is_nameless(cells):
            values["number"] = before.get("number", "")
        if values.get("number") and values["number"] == before.get("number"):
            for target in _BUYER:
                if target in values and not values[target]:
                    values[target] = before.get(target, "")
        self._before = values
        return values

    def _read(self, row: int, cells: Sequence[str], warnings: list[CellWarning]) -> OrderRow:
        values = self._cells(cells)
        number, status = values.get("number", "")[:_NUMBER_LENGTH], order_state(values.get("status", ""))
        if not number:
            raise RefusedError("order_no_number")
        if is_rounded(number):
            raise RefusedError("order_number_rounded", number)
        if status == "unpaid":
            raise RefusedError("order_unpaid", values["status"])
        moment = self._moment(values.get("ordered_at", ""), values.get("ordered_clock", ""))
        phone, code, username = self._who(row, values, warnings)
        line, paid, total, priced = self._money(values)
        cancelled = status == "cancelled" or not means_nothing(values.get("cancelled_at", ""))
        return OrderRow(
            row=row,
            cells=cells,
            number=number,
            phone=phone,
            code=code,
            username=username,
            name=_name(values),
            ordered_at=moment,
            line=line,
            paid=paid,
            stated=total,
            order_total=self._amount(values.get("order_total", "")),
            refunded=self._refunded(row, values.get("refunded", ""), warnings),
            priced=priced,
            state="cancelled" if cancelled else "completed",
            voucher=values.get("voucher", "")[:30],
        )

    def _moment(self, day: str, time_of_day: str) -> datetime:
        """Returns the moment of the order. A time of day that cannot be read is left out. Raises RefusedError."""
        found = self._parsed_moment(day)
        if isinstance(found, Refusal):
            raise RefusedError("order_no_date", found.text)
        exact = self._parsed_moment(f"{day} {time_of_day.replace('.', ':', 2)}") if time_of_day else found
        return found if isinstance(exact, Refusal) else exact

    def _parsed_moment(self, text: str) -> datetime | Refusal:
        return parse_datetime(
            from_1904(text) if self.date_1904 else text,
            self.workspace.tz,
            self.day_first,
            not_before=FIRST_DAY,
            not_after=self.tomorrow,
        )

    def _who(self, row: int, values: Mapping[str, str], warnings: list[CellWarning]) -> tuple[str, str, str]:
        """Returns number (E.164), code and marketplace username of the buyer, "" for each that the row does not have.
        Raises RefusedError if it has none."""
        code = values.get("code", "")[:_CODE_LENGTH]
        if is_rounded(code):
            raise RefusedError("code_rounded", code)
        username = values.get("username", "").lower()
        username = "" if means_nothing(username) else f"{self.marketplace}:{username}"[:_CODE_LENGTH]
        written = " / ".join(values[key] for key in _PHONES if not means_nothing(values.get(key, "")))
        phone = parse_phone(written, self.workspace.country)
        if isinstance(phone, Phone):
            return phone.e164, code, username
        if not code and not username:
            # The rejection quotes a text such as "tidak ada", because "empty cell" would be wrong.
            word = next((values[key] for key in _PHONES if any(map(str.isalpha, values.get(key, "")))), "")
            if phone.code == "empty":
                raise RefusedError("no_number" if word else "no_identity", word)
            raise RefusedError(f"phone_{phone.code}", phone.text)
        if phone.code != "empty":
            warnings.append(CellWarning(row, f"phone:phone_{phone.code}"))
        return "", code, username

    def _money(self, values: Mapping[str, str]) -> tuple[NewLine | None, int, int | None, bool]:
        """Returns the product, the cost of the row, the row's total as written, and whether the unit price is known."""
        whole = self._amount(values.get("order_total", ""))
        quantity = parse_quantity(values["quantity"]) if values.get("quantity") else 1
        if isinstance(quantity, Refusal):
            if quantity.code != "zero" or whole is None:
                raise RefusedError("order_no_quantity", quantity.text)
            # WooCommerce: all pieces came back. The row still has the total and the state of its order.
            quantity = 0
        price, total = self._amount(values.get("unit_price", "")), self._amount(values.get("total", ""))
        if price is None and total is None and whole is None:
            raise RefusedError("order_no_amount", values.get("total", ""))
        paid = price * quantity if price is not None else total or 0
        if max(paid, total or 0, whole or 0) > LARGEST:
            raise RefusedError(
                "order_no_amount", values.get("total") or values.get("unit_price") or values["order_total"]
            )
        product = values.get("product", "")
        sku = (values.get("sku") or slug(product))[:60]
        line = NewLine(sku, product[:200], values.get("category", "")[:60], quantity, paid)
        return line if sku and quantity else None, paid, total, price is not None

    def _refunded(self, row: int, text: str, warnings: list[CellWarning]) -> int:
        """Returns the amount that was paid back, 0 for an empty cell. One that cannot be read is left out."""
        found = parse_amount(text, decimals=self.decimals, allow_negative=True)
        if not isinstance(found, Refusal):
            return abs(found)
        if found.code != "empty":
            warnings.append(CellWarning(row, "refunded:order_no_amount"))
        return 0

    def _amount(self, text: str) -> int | None:
        """Returns an amount in the smallest unit, None for an empty cell. Raises RefusedError."""
        found = parse_amount(text, decimals=self.decimals)
        if not isinstance(found, Refusal):
            return found
        if found.code == "empty":
            return None
        raise RefusedError("order_no_amount", found.text)


def _name(values: Mapping[str, str]) -> str:
    """Returns the buyer's name, also from its parts; "" if a marketplace has hidden it (A****i)."""
    parts = (values.get(key, "") for key in _NAME_PARTS)
    name = values.get("name", "") or " ".join(part for part in parts if not means_nothing(part))
    return "" if "**" in name else tidy_name(name)[:200]
