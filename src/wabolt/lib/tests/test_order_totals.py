"""One amount in all rows of an order is the total of the order or that of each row. The file decides, or its owner."""

from tests.cases import each

from wabolt.lib.columns import ROW_OR_ORDER, guess_mapping

HEAD = ["No Pesanan", "Tanggal", "HP", "Produk", "Qty", "Total"]


def _guess(*orders: str, totals: str = "", more: tuple[str, ...] = ()) -> tuple[str, str]:
    """Rows are "number product quantity total [further cells]". Returns target and question of the total."""
    rows = []
    for order in orders:
        number, product, quantity, total, *rest = order.split()
        rows.append([number, "2026-05-01", "081219722233", product, quantity, total.replace("_", ""), *rest])
    guess = guess_mapping("orders", [*HEAD, *more], rows, ["TOTAL", "", "", "", "", totals] if totals else ())[5]
    return guess.target, guess.question


TWICE = ("A Kemeja 1 50000", "A Tas 1 50000")


@each(
    ("orders", "target"),
    [
        (("A Kemeja 1 50000", "A Tas 1 60000"), "total"),
        ((*TWICE, "B Topi 1 40000", "B Tas 1 60000"), "total"),  # another order has different amounts
        (("A Kemeja 1 225000", "A Tas 1 _"), "order_total"),  # only the first row has it
        # the prices of the products in orders of one row
        ((*TWICE, "B Kemeja 2 100000"), "total"),
        ((*TWICE, "B Kemeja 1 50000", "C Tas 1 50000"), "total"),
        ((*TWICE, "B Kemeja 1 20000", "C Tas 1 30000"), "order_total"),
        (("A Kemeja 1 240000", "A Tas 1 240000", "B Kemeja 1 150000"), "order_total"),
        (("A Kemeja 1 100000", "A Kemeja 2 100000"), "order_total"),  # one product, two quantities
        # three orders of different products, and several amounts
        ((*TWICE, "B Topi 1 70000", "B Tas 1 70000", "C Topi 1 90000", "C Kemeja 1 90000"), "order_total"),
    ],
)
def test_rows_of_the_file_decide(orders: tuple[str, ...], target: str) -> None:
    assert _guess(*orders) == (target, "")


@each(("totals", "target"), [("130000", "total"), ("Rp80.000", "order_total")])
def test_the_sum_below_the_orders_decides(totals: str, target: str) -> None:
    assert _guess(*TWICE, "B Topi 1 30000", totals=totals) == (target, "")


@each(
    ("cells", "target"),
    [
        (("20000", "30000"), "order_total"),  # amounts of the rows, which add up to the total
        (("100000", "100000"), "total"),  # the sum of the order
        (("7", "9"), "order_total"),  # says nothing: see the question
    ],
)
def test_another_column_of_amounts_decides(cells: tuple[str, str], target: str) -> None:
    rows = [f"{row} {cell}" for row, cell in zip(TWICE, cells, strict=True)]
    assert _guess(*rows, more=("Nilai X",)) == (target, ROW_OR_ORDER if cells == ("7", "9") else "")


def test_a_price_times_the_quantity_is_the_total_of_the_row() -> None:
    rows = ("A Kemeja 2 100000 50000", "A Tas 4 100000 25000")
    assert _guess(*rows, more=("@",)) == ("total", "")


@each(
    ("orders", "target"),
    [
        (TWICE, "order_total"),
        ((*TWICE, "B Topi 1 50000", "C Topi 1 50000"), "order_total"),
        (("A Kemeja 1 50000", "A Kemeja 1 50000"), "total"),  # two pieces of one product
        ((*TWICE, "B Topi 1 50000", "B Tas 1 50000", "C Topi 1 50000", "C Kemeja 1 50000"), "order_total"),
        ((*TWICE, "B Kemeja 1 50000", "C X 1 80000", "C Kemeja 1 80000"), "order_total"),  # contradicts itself
    ],
)
def test_what_the_file_does_not_tell_is_asked(orders: tuple[str, ...], target: str) -> None:
    assert _guess(*orders) == (target, ROW_OR_ORDER)
