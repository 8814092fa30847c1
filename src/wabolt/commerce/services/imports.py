"""The kind of import "orders": one row is one product of an order; rows of one number are one order."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.commerce.services.orders import NewLine, NewOrder, record_orders
from wabolt.commerce.services.rows import OrderRow, standing, told_again, told_once, total_of
from wabolt.contacts.models import Identity
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.services import Newcomer, adopt_people
from wabolt.imports.models import Import
from wabolt.imports.registry import (
    Ahead,
    ChunkResult,
    Importer,
    Preview,
    Rejection,
    Row,
    Target,
    Warning,  # noqa: A004
    reason,
)
from wabolt.lib import clock, formats
from wabolt.lib.columns import guess_mapping
from wabolt.lib.dates import from_1904, parse_datetime
from wabolt.lib.errors import DomainError
from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.phones import Phone, parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, is_rounded, plain_cell, slug

LABELS: dict[str, Promise] = {
    "number": _("Order number"),
    "code": _("Your own customer code"),
    "phone": _("WhatsApp number"),
    "name": _("Customer's name"),
    "ordered_at": _("Day and time of the order"),
    "sku": _("Product code (SKU)"),
    "product": _("Product name"),
    "category": _("Category"),
    "quantity": _("Quantity"),
    "unit_price": _("Price of one"),
    "total": _("Total"),
    "status": _("Order status"),
    "voucher": _("Voucher code"),
}
REASONS: dict[str, Promise] = {
    "order_no_number": _("there is no order number"),
    "order_number_rounded": _(
        "a spreadsheet has rounded the order number to {text}; format the column as text and export it again"
    ),
    "order_unpaid": _("the order is not paid yet ({text}); import it again when it is"),
    "order_no_date": _("“{text}” is not a day on which somebody can have ordered"),
    "order_no_amount": _("“{text}” is not an amount"),
    "order_no_quantity": _("“{text}” is not a quantity"),
}
TITLES: dict[str, Promise] = {
    "order_no_number": _("No order number"),
    "order_number_rounded": _("Order number rounded by a spreadsheet"),
    "order_unpaid": _("Not paid yet"),
    "order_no_date": _("Not a day of an order"),
    "order_no_amount": _("Not an amount"),
    "order_no_quantity": _("Not a quantity"),
    "told_again": _("told again further down the file"),
}
CANCELLED = (
    "batal", "cancel", "refund", "retur", "void", "gagal", "failed", "kedaluwarsa", "expired", "pengembalian",
    "dikembalikan", "ditolak", "rejected", "tidak jadi",
)  # fmt: skip
UNPAID = (
    "belum bayar", "belum dibayar", "menunggu pembayaran", "menunggu bayar", "unpaid", "not paid", "pending payment",
    "payment pending", "awaiting payment", "waiting for payment",
)  # fmt: skip
FIRST_DAY = date(2000, 1, 1)
Pair = tuple[str, str]
"""An address: (kind, value)."""
LARGEST = 10**12
"""Of one row, in the smallest unit: more is a number of something else, and millions of rows could not be added up."""
REMEMBERED_ORDERS = 20_000
"""Rows of one order may stand so many orders apart in the file and still be added up."""


@dataclass(slots=True)
class Parsed:
    rows: list[OrderRow] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


class RefusedError(Exception):
    """A row that is refused whole."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class OrderSession:
    """One run of an import of orders."""

    def __init__(self, imported: Import) -> None:
        self.workspace: Workspace = imported.workspace
        self.mapping = {target: int(index) for index, target in imported.mapping.items() if target != "ignore"}
        self.day_first = bool(imported.options.get("day_first", True))
        self.date_1904 = bool(imported.options.get("date_1904"))
        self.decimals = formats.decimals_of(self.workspace.currency)
        self.source = f"import:{imported.pk}"
        self.tomorrow = clock.now().astimezone(self.workspace.tz).date() + timedelta(days=1)
        self._known: OrderedDict[str, list[OrderRow]] = OrderedDict()

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """An order is told of once, when all of its rows are there."""
        index = self.mapping["number"]
        return index < min(len(before), len(after)) and clean(before[index]) == clean(after[index])

    def parse(self, rows: Sequence[Row]) -> Parsed:
        """Understands a chunk; touches no database."""
        parsed = Parsed()
        for number, cells in rows:
            try:
                parsed.rows.append(self._understand(number, cells, parsed.warnings))
            except RefusedError as refused:
                parsed.rejections.append(Rejection(number, cells, refused.code, {"text": refused.text}))
        return parsed

    def _understand(self, row: int, cells: Sequence[str], warnings: list[Warning]) -> OrderRow:
        def cell(target: str) -> str:
            index = self.mapping.get(target)
            return clean(plain_cell(cells[index])) if index is not None else ""

        number, status = cell("number")[:60], cell("status").lower()
        if not number:
            raise RefusedError("order_no_number")
        if is_rounded(number):
            raise RefusedError("order_number_rounded", number)
        if status == "pending" or any(word in status for word in UNPAID):
            raise RefusedError("order_unpaid", cell("status"))
        moment = parse_datetime(
            from_1904(cell("ordered_at")) if self.date_1904 else cell("ordered_at"),
            self.workspace.tz,
            self.day_first,
            not_before=FIRST_DAY,
            not_after=self.tomorrow,
        )
        if isinstance(moment, Refusal):
            raise RefusedError("order_no_date", moment.text)
        phone, code = self._who(row, cell("phone"), cell("code")[:100], warnings)
        quantity = parse_quantity(cell("quantity")) if cell("quantity") else 1
        if isinstance(quantity, Refusal):
            raise RefusedError("order_no_quantity", quantity.text)
        price, total = self._amount(cell("unit_price")), self._amount(cell("total"))
        if price is None and total is None:
            raise RefusedError("order_no_amount", cell("total"))
        paid = price * quantity if price is not None else total or 0
        if max(paid, total or 0) > LARGEST:
            raise RefusedError("order_no_amount", cell("total") or cell("unit_price"))
        sku = (cell("sku") or slug(cell("product")))[:60]
        line = NewLine(sku, cell("product")[:200], cell("category")[:60], quantity, paid) if sku else None
        state = "cancelled" if any(word in status for word in CANCELLED) else "completed"
        return OrderRow(
            row, cells, number, phone, code, cell("name")[:200], moment, line, paid, total, price is not None, state,
            cell("voucher")[:30],
        )  # fmt: skip

    def _who(self, row: int, written: str, code: str, warnings: list[Warning]) -> tuple[str, str]:
        """The number (E.164, or "") and the code of the customer. Raises RefusedError where there is neither."""
        if is_rounded(code):
            raise RefusedError("code_rounded", code)
        phone = parse_phone(written, self.workspace.country)
        if isinstance(phone, Phone):
            return phone.e164, code
        if not code:
            raise RefusedError("no_identity" if phone.code == "empty" else f"phone_{phone.code}", phone.text)
        if phone.code != "empty":
            warnings.append(Warning(row, f"phone:phone_{phone.code}"))
        return "", code

    def _amount(self, text: str) -> int | None:
        """An amount in the smallest unit, None for an empty cell. Raises RefusedError."""
        found = parse_amount(text, decimals=self.decimals)
        if not isinstance(found, Refusal):
            return found
        if found.code == "empty":
            return None
        raise RefusedError("order_no_amount", found.text)

    def write(self, parsed: Parsed, ahead: Ahead | None = None) -> ChunkResult:
        """Stores a chunk inside the runner's transaction."""
        erased = self._erased(parsed.rows)
        rows, refused = self._living(parsed.rows, erased)
        self._remember(rows)
        known = {number: self._known[number] for number in dict.fromkeys(row.number for row in rows)}
        told = {number: told_once(of_number) for number, of_number in known.items()}
        people = self._people([*rows, *(of_number[0] for of_number in told.values())], erased)
        orders = [self._order(of_number, people) for of_number in told.values()]
        recorded = record_orders(workspace=self.workspace, orders=orders)
        result = ChunkResult(rejections=[*parsed.rejections, *refused], warnings=list(parsed.warnings))
        here = {row.row for row in rows}
        result.warnings += [
            Warning(row.row, "number:told_again")
            for of_number in known.values()
            for row in told_again(of_number)
            if row.row in here
        ]
        for row in rows:
            # The rows of one order count as what its first row did, so that the four counts add up to the rows.
            if row.number in recorded.created:
                result.created += 1
            elif row.number in recorded.updated:
                result.updated += 1
            else:
                result.unchanged += 1
        return result

    def committed(self) -> None:
        """Lets go of what no later row will ask for."""
        while len(self._known) > REMEMBERED_ORDERS:
            self._known.popitem(last=False)

    def replay(self, parsed: Parsed) -> None:
        """Remembers the orders of a chunk that is stored already."""
        self._remember(self._living(parsed.rows, self._erased(parsed.rows))[0])
        self.committed()

    def _remember(self, rows: Iterable[OrderRow]) -> None:
        for row in rows:
            known = self._known.setdefault(row.number, [])
            # A chunk is written again after a lost race: its rows must not count twice.
            if all(other.row != row.row for other in known):
                known.append(row)

    def _order(self, rows: Sequence[OrderRow], people: Mapping[str, int]) -> NewOrder:
        first, kept = rows[0], standing(rows)
        return NewOrder(
            contact_id=people[_key(first)],
            number=first.number,
            ordered_at=first.ordered_at,
            lines=tuple(row.line for row in kept if row.line),
            total=total_of(rows),
            state=kept[-1].state,
            voucher_code=next((row.voucher for row in rows if row.voucher), ""),
            source=self.source,
        )

    def _erased(self, rows: Iterable[OrderRow]) -> set[Pair]:
        return erased_identities(self.workspace, {pair for row in rows for pair in _identities(row)})

    def _living(self, rows: Sequence[OrderRow], erased: set[Pair]) -> tuple[list[OrderRow], list[Rejection]]:
        """The rows without those of people who had their data erased: an order does not bring them back."""
        if not erased:
            return list(rows), []
        owners = self._owners(rows)
        living, refused = [], []
        for row in rows:
            pairs = _identities(row)
            if erased.isdisjoint(pairs) or not owners.keys().isdisjoint(pairs):
                living.append(row)
            else:
                refused.append(Rejection(row.row, row.cells, "erased", {}))
        return living, refused

    def _owners(self, rows: Sequence[OrderRow]) -> dict[Pair, int]:
        """Contact id by (kind, value) of those addresses that somebody has."""
        values = {value for row in rows for _kind, value in _identities(row)}
        found = Identity.objects.filter(workspace=self.workspace, kind__in=("code", "phone"), value__in=values)
        return {(kind, value): pk for kind, value, pk in found.values_list("kind", "value", "contact_id")}

    def _people(self, rows: Sequence[OrderRow], erased: set[Pair]) -> dict[str, int]:
        """Contact id by `_key`: the code decides before the number. Who is not known yet becomes a contact; who is
        known by the number alone gets the code, or the next file that gives only that would make them a second person.
        (A number is not added to who is known by the code: it may be that of whom a present was sent to.)"""
        owners = self._owners(rows)
        firsts: dict[str, OrderRow] = {}
        for row in rows:
            firsts.setdefault(_key(row), row)
        missing = [row for row in firsts.values() if _main(row) not in owners]
        if missing:
            newcomers = [
                Newcomer(tuple(pair for pair in _identities(row) if pair not in erased), row.name) for row in missing
            ]
            adopt_people(workspace=self.workspace, people=newcomers, source="order")
            owners |= self._owners(missing)
        return {key: owners.get(_main(row)) or owners["phone", row.phone] for key, row in firsts.items()}


def _main(row: OrderRow) -> Pair:
    """The address that decides whose the order is."""
    return ("code", row.code) if row.code else ("phone", row.phone)


def _key(row: OrderRow) -> str:
    return f"code:{row.code}" if row.code else f"phone:{row.phone}"


def _identities(row: OrderRow) -> list[Pair]:
    """The addresses that a row gives, as (kind, value), the one that decides first."""
    return [(kind, value) for kind, value in (("code", row.code), ("phone", row.phone)) if value]


def targets(workspace: Workspace) -> list[Target]:
    return [Target(key, label, is_date=key == "ordered_at") for key, label in LABELS.items()]


def guess(workspace: Workspace, columns: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[int, str]:
    guessed = {index: target for index, (target, _sure) in guess_mapping("orders", columns, sample).items()}
    return {index: target if target in LABELS else "ignore" for index, target in guessed.items()}


def check(imported: Import) -> None:
    """Refuses a mapping from which no order can be made."""
    mapped = set(imported.mapping.values())
    for needed, message in (
        ({"number"}, _("Say which column holds the order number.")),
        ({"ordered_at"}, _("Say which column holds the day of the order.")),
        ({"phone", "code"}, _("Say which column holds the WhatsApp number (or your own customer code).")),
        ({"total", "unit_price"}, _("Say which column holds the total (or the price of one).")),
    ):
        if not needed & mapped:
            raise DomainError(message, code="missing_column", field="mapping")


def preview(imported: Import, rows: Sequence[Row]) -> Preview:
    """The sample as it would be stored; writes nothing."""
    parsed = OrderSession(imported).parse([row for row in rows if len(row[1]) == len(imported.columns)])
    workspace = imported.workspace
    shown: list[tuple[int, list[str], str]] = [(row.row, _shown(row, workspace), "") for row in parsed.rows]
    shown += [(refused.row, [], reason(refused.code, refused.params)) for refused in parsed.rejections]
    used = ("number", "ordered_at", "code", "phone", "product", "quantity", "total")
    return Preview([LABELS[target] for target in used], sorted(shown))


def _shown(row: OrderRow, workspace: Workspace) -> list[str]:
    line: Any = row.line
    return [
        row.number,
        formats.short_date(row.ordered_at.astimezone(workspace.tz).date(), lang=workspace.language),
        row.code,
        formats.phone(row.phone) if row.phone else "",
        (line.name or line.sku) if line else "",
        str(line.quantity) if line else "",
        formats.money(row.total, workspace.currency, workspace.language),
    ]


ORDERS = Importer(
    kind="orders",
    label=_("Orders"),
    targets=targets,
    guess=guess,
    check=check,
    open=OrderSession,
    preview=preview,
    home="contacts:list",
    home_label=_("To the contacts"),
    order=20,
)
