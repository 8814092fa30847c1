"""The kind of import "orders". One row is one product of an order; rows with one number are one order."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Order
from wabolt.commerce.services.number_conflicts import split_conflicts
from wabolt.commerce.services.order_rows import OrderReader, Parsed
from wabolt.commerce.services.orders import NewOrder, record_orders
from wabolt.commerce.services.rows import OrderRow, kept_rows, lines_of, outcome_of, repeated_rows, without_repeats
from wabolt.contacts.models import Identity
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.services import NewPerson, add_people
from wabolt.imports.models import Import
from wabolt.imports.registry import (
    CellWarning,
    ChunkResult,
    Importer,
    Lookahead,
    Preview,
    Rejection,
    Row,
    Target,
    reason,
)
from wabolt.lib import formats
from wabolt.lib.columns import ROW_OR_ORDER, Guess, guess_mapping
from wabolt.lib.errors import DomainError
from wabolt.lib.phone_variants import address_ways

LABELS: dict[str, Promise] = {
    "number": _("Order number"),
    "code": _("Your own customer code"),
    "phone": _("WhatsApp number"),
    "phone2": _("Second number"),
    "phone3": _("Third number"),
    "username": _("Marketplace username"),
    "name": _("Customer's name"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "last_name": _("Last name"),
    "ordered_at": _("Day and time of the order"),
    "ordered_clock": _("Time of day of the order"),
    "sku": _("Product code (SKU)"),
    "product": _("Product name"),
    "category": _("Category"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "total": _("Total of the row"),
    "order_total": _("Total of the whole order"),
    "refunded": _("Amount that was paid back"),
    "status": _("Order status"),
    "cancelled_at": _("Day of the cancellation"),
    "voucher": _("Voucher code"),
}
REASONS: dict[str, Promise] = {
    "order_no_number": _("there is no order number"),
    "order_number_rounded": _(
        "Excel has rounded the order number to “{text}”; format the column as text in Excel and type the number again"
    ),
    "order_unpaid": _("the order is not paid yet ({text}); import it again after the payment"),
    "order_other_buyer": _(
        "number “{text}” belongs to an order of another customer; make the numbers unique, for example with the date"
    ),
    "order_no_date": _("“{text}” is not a valid order date"),
    "order_no_amount": _("“{text}” is not an amount"),
    "order_no_quantity": _("“{text}” is not a quantity"),
}
TITLES: dict[str, Promise] = {
    "order_no_number": _("No order number"),
    "order_number_rounded": _("Order number rounded by a spreadsheet"),
    "order_unpaid": _("Not paid yet"),
    "order_other_buyer": _("Order number of another customer"),
    "order_no_date": _("Not a valid order date"),
    "order_no_amount": _("Not an amount"),
    "order_no_quantity": _("Not a quantity"),
    "told_again": _("repeated later in the file"),
    "far_apart": _("Rows of one order far apart in the file: only the last ones count. Sort the file by order number"),
}
Pair = tuple[str, str]
"""An address: (kind, value)."""
CACHED_ORDERS = 20_000
"""Number of orders that are remembered. Rows of one order that are farther apart in the file are not added up. The last
rows count, and the result of the import names the order."""


class OrderSession:
    """One run of an import of orders (imports.registry.Session)."""

    def __init__(self, imported: Import) -> None:
        self.workspace: Workspace = imported.workspace
        self._reader = OrderReader(imported)
        self.source = f"import:{imported.pk}"
        self._known: OrderedDict[str, list[OrderRow]] = OrderedDict()
        self._has_forgotten = False

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether both rows belong to one order. Such rows are stored in one chunk."""
        return self._reader.continues(before, after)

    def parse(self, rows: Sequence[Row]) -> Parsed:
        """Parses a chunk. Uses no database."""
        return self._reader.parse(rows)

    def write(self, parsed: Parsed, lookahead: Lookahead | None = None) -> ChunkResult:
        """Stores a chunk inside the runner's transaction."""
        remembered = (row for number in {row.number for row in parsed.rows} for row in self._known.get(number, ()))
        owners = self._owners([*parsed.rows, *remembered])
        erased = self._erased(parsed.rows)
        rows, refused = self._accepted(parsed.rows, owners, erased)
        far_apart = self._far_apart(rows)
        self._cache_orders(rows)
        known = {number: self._known[number] for number in dict.fromkeys(row.number for row in rows)}
        orders_by_number = {number: without_repeats(of_number) for number, of_number in known.items()}
        buyers = [*rows, *(of_number[0] for of_number in orders_by_number.values())]
        people = self._people(buyers, owners, erased)
        orders = [self._order(of_number, people) for of_number in orders_by_number.values()]
        recorded = record_orders(workspace=self.workspace, orders=orders)
        result = ChunkResult(rejections=[*parsed.rejections, *refused], warnings=list(parsed.warnings))
        result.warnings += [CellWarning(row.row, "number:far_apart") for row in far_apart]
        here = {row.row for row in rows}
        result.warnings += [
            CellWarning(row.row, "number:told_again")
            for of_number in known.values()
            for row in repeated_rows(of_number)
            if row.row in here
        ]
        for row in rows:
            # Each row of an order has the result of its first row, so that the four counts add up to the number of
            # rows.
            if row.number in recorded.created:
                result.created += 1
            elif row.number in recorded.updated:
                result.updated += 1
            else:
                result.unchanged += 1
        return result

    def committed(self) -> None:
        """Forgets the oldest orders."""
        while len(self._known) > CACHED_ORDERS:
            self._known.popitem(last=False)
            self._has_forgotten = True

    def _far_apart(self, rows: Sequence[OrderRow]) -> list[OrderRow]:
        """Returns the first rows of orders that an earlier part of the file stored and that are no longer
        remembered."""
        first = {row.number: row for row in reversed(rows) if row.number not in self._known}
        if not self._has_forgotten or not first:
            return []
        stored = Order.objects.filter(workspace=self.workspace, number__in=list(first), source=self.source)
        return [first[number] for number in stored.values_list("number", flat=True)]

    def replay(self, parsed: Parsed) -> None:
        """Remembers the orders of a chunk that an earlier process stored."""
        rows = parsed.rows
        self._cache_orders(self._accepted(rows, self._owners(rows), self._erased(rows))[0])
        self.committed()

    def _accepted(
        self, parsed: Sequence[OrderRow], owners: Mapping[Pair, int], erased: set[Pair]
    ) -> tuple[list[OrderRow], list[Rejection]]:
        """Returns the rows that are stored, and a rejection for each other row."""
        rows, refused = _split_erased(parsed, owners, erased)
        owners_by_row = {row.row: [owners[pair] for pair in _identities(row) if pair in owners] for row in rows}
        kept, in_conflict = split_conflicts(self.workspace, rows, self._known, owners_by_row)
        return kept, refused + in_conflict

    def _cache_orders(self, rows: Iterable[OrderRow]) -> None:
        for row in rows:
            known = self._known.setdefault(row.number, [])
            # A chunk is written again after a lost race. Its rows must not count twice.
            if all(other.row != row.row for other in known):
                known.append(row)

    def _order(self, rows: Sequence[OrderRow], people: Mapping[str, int]) -> NewOrder:
        first, counted, (total, state) = rows[0], kept_rows(rows), outcome_of(rows)
        return NewOrder(
            contact_id=people[_key(first)],
            number=first.number,
            ordered_at=first.ordered_at,
            lines=lines_of(counted, total),
            total=total,
            state=state,
            voucher_code=next((row.voucher for row in rows if row.voucher), ""),
            source=self.source,
        )

    def _erased(self, rows: Iterable[OrderRow]) -> set[Pair]:
        pairs = {pair for row in rows for pair in _identities(row)}
        erased = erased_identities(self.workspace, {way for pair in pairs for way in address_ways(pair)})
        return {pair for pair in pairs if not erased.isdisjoint(address_ways(pair))}

    def _owners(self, rows: Sequence[OrderRow]) -> dict[Pair, int]:
        """Returns {(kind, value): contact id} for the addresses in the rows that belong to a contact. The national
        variants of a number belong to the same contact (docs/adr/0021-address-variants.md)."""
        pairs = {pair for row in rows for pair in _identities(row)}
        asked = {way for pair in pairs for way in address_ways(pair)}
        kinds, values = {kind for kind, _value in asked}, {value for _kind, value in asked}
        found = Identity.objects.filter(workspace=self.workspace, kind__in=kinds, value__in=values)
        known = {(kind, value): pk for kind, value, pk in found.values_list("kind", "value", "contact_id")}
        owners = {pair: next((known[way] for way in address_ways(pair) if way in known), 0) for pair in pairs}
        return {pair: owner for pair, owner in owners.items() if owner}

    def _people(self, rows: Sequence[OrderRow], owners: Mapping[Pair, int], erased: set[Pair]) -> dict[str, int]:
        """Returns {`_key`: contact id}. `owners`: of the addresses in the rows.

        The code takes precedence over the number. An unknown buyer becomes a contact. A contact found by the number
        gets the code; otherwise a later file with only the code would create a second contact. A contact found by the
        code does not get the number, because it may be the number of the person who receives the parcel.
        """
        firsts: dict[str, OrderRow] = {}
        for row in rows:
            firsts.setdefault(_key(row), row)
        known = dict(owners)
        if missing := [row for row in firsts.values() if _main(row) not in owners]:
            people = [
                NewPerson(tuple(pair for pair in _identities(row) if pair not in erased), row.name) for row in missing
            ]
            known = add_people(workspace=self.workspace, people=people, source="order").owners | known
        return {key: next(known[pair] for pair in _identities(row) if pair in known) for key, row in firsts.items()}


def _split_erased(
    rows: Sequence[OrderRow], owners: Mapping[Pair, int], erased: set[Pair]
) -> tuple[list[OrderRow], list[Rejection]]:
    """Returns the rows of people who were not erased, and a rejection for each other row. An import must not restore
    erased data."""
    living, refused = [], []
    for row in rows:
        pairs = _identities(row)
        if erased.isdisjoint(pairs) or not owners.keys().isdisjoint(pairs):
            living.append(row)
        else:
            refused.append(Rejection(row.row, row.cells, "erased", {}))
    return living, refused


def _main(row: OrderRow) -> Pair:
    """Returns the address that identifies the buyer: the code if there is one."""
    return _identities(row)[0]


def _key(row: OrderRow) -> str:
    return ":".join(_main(row))


def _identities(row: OrderRow) -> list[Pair]:
    """Returns the addresses in a row as (kind, value), the deciding one first."""
    pairs = (("code", row.code), ("phone", row.phone), (Identity.Kind.MARKETPLACE.value, row.username))
    return [(kind, value) for kind, value in pairs if value]


def targets(workspace: Workspace) -> list[Target]:
    return [Target(key, label, is_date=key == "ordered_at") for key, label in LABELS.items()]


def guess(
    workspace: Workspace, columns: Sequence[str], sample: Sequence[Sequence[str]], totals: Sequence[str] = ()
) -> dict[int, Guess]:
    """Returns the guessed target of each column with its confidence."""
    return guess_mapping("orders", columns, sample, totals)


def check(imported: Import) -> None:
    """Raises DomainError if no order can be made with this mapping."""
    mapped = set(imported.mapping.values())
    for needed, message in (
        ({"number"}, _("Choose the column with the order number.")),
        ({"ordered_at"}, _("Choose the column with the day of the order.")),
        (
            {"phone", "phone2", "phone3", "code", "username"},
            _("Choose the column with the WhatsApp number (or your own customer code)."),
        ),
        ({"total", "unit_price", "order_total"}, _("Choose the column with the total (or the unit price).")),
    ):
        if not needed & mapped:
            raise DomainError(message, code="missing_column", field="mapping")


def preview(imported: Import, rows: Sequence[Row]) -> Preview:
    """Returns the sample as it would be stored. Writes nothing."""
    parsed = OrderSession(imported).parse([row for row in rows if len(row[1]) == len(imported.columns)])
    workspace = imported.workspace
    shown: list[tuple[int, list[str], str]] = [(row.row, _shown(row, workspace), "") for row in parsed.rows]
    shown += [(r.row, [c for c in r.cells if c.strip()], reason(r.code, r.params)) for r in parsed.rejections]
    used = ("number", "ordered_at", "name", "phone", "product", "quantity", "total")
    return Preview([LABELS[target] for target in used], sorted(shown), _questions(imported, parsed.rows))


def _questions(imported: Import, rows: Sequence[OrderRow]) -> list[str]:
    """Returns a sentence about the column of totals if the file does not tell its meaning, with both results for one
    order; otherwise []."""
    asked = imported.options.get("questions", {})
    column = next((index for index, question in asked.items() if question == ROW_OR_ORDER), None)
    target = imported.mapping.get(column or "", "")
    orders: dict[str, list[OrderRow]] = {}
    for row in rows:
        orders.setdefault(row.number, []).append(row)
    several = next((of_number for of_number in orders.values() if len(of_number) > 1), None)
    if column is None or several is None or target not in {"total", "order_total"}:
        return []
    by_order = target == "order_total"
    amount = several[0].order_total if by_order else several[0].stated
    if by_order:
        words = _(
            "“%(column)s” has the same amount in all %(count)s rows of order %(number)s. It is read as the total of the"
            " order, %(order)s. If it is the total of each row, choose “%(other)s”: the order is then %(rows)s."
        )
    else:
        words = _(
            "“%(column)s” has the same amount in all %(count)s rows of order %(number)s. It is read as the total of"
            " each row, so the order is %(rows)s. If it is the total of the order, choose “%(other)s”: the order is"
            " then %(order)s."
        )
    shop = imported.workspace
    return [
        str(words)
        % {
            "column": imported.columns[int(column)],
            "count": formats.number(len(several), shop.language),
            "number": several[0].number,
            "order": formats.money(amount or 0, shop.currency, shop.language),
            "rows": formats.money((amount or 0) * len(several), shop.currency, shop.language),
            "other": LABELS["total" if by_order else "order_total"],
        }
    ]


def _shown(row: OrderRow, workspace: Workspace) -> list[str]:
    line: Any = row.line
    return [
        row.number,
        formats.short_date(row.ordered_at.astimezone(workspace.tz).date(), lang=workspace.language),
        row.name or row.code or row.username,
        formats.phone(row.phone) if row.phone else "",
        (line.name or line.sku) if line else "",
        str(line.quantity) if line else "",
        formats.money(
            row.total if row.order_total is None else row.order_total, workspace.currency, workspace.language
        ),
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
    order=20,
)
