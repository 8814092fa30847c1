from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import Order, OrderLine, PurchaseFacts
from wabolt.commerce.services import imports as order_imports
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import erase_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports import services as imports
from wabolt.imports.models import Import
from wabolt.imports.services import runner
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db

HEAD = "nomor_pesanan,kode_pelanggan,telepon,tanggal,sku,produk,kategori,jumlah,total\n"
ROWS = (
    "GN-1,00001,+6281219722233,2025-05-04T08:50:00+07:00,BTK-02,Dress Batik,batik,1,176550\n"
    "GN-2,00002,0813-4230-1241,2025-05-15T12:16:00+07:00,BTK-02,Dress Batik,batik,1,180000\n"
    "GN-3,00002,0813-4230-1241,2025-05-16T12:16:00+07:00,TNN-01,Tenun Ikat,tenun,2,500000\n"
)


@pytest.fixture(autouse=True)
def _after_all_of_these_orders() -> Iterator[None]:
    with clock.hold(datetime(2026, 11, 27, tzinfo=UTC)):
        yield


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def _run(workspace: Workspace, text: str, seen: list[int] | None = None) -> Import:
    taken = imports.start_import(
        workspace=workspace, kind="orders", file=BytesIO(text.encode()), filename="pesanan.csv"
    )
    imports.queue_import(workspace=workspace, import_id=taken.pk)
    imports.run_import(taken.pk, progress=lambda done, _all: (seen if seen is not None else []).append(done))
    return Import.objects.get(pk=taken.pk)


def test_orders_find_their_contacts_by_code_and_by_number(workspace: Workspace) -> None:
    by_code = make_contact(workspace, "Ayu", identities=[("code", "00001")])
    by_phone = make_contact(workspace, "Budi", phone="+6281342301241")
    done = _run(workspace, HEAD + ROWS)
    assert (done.state, done.created, done.rejected) == ("done", 3, 0)
    assert PurchaseFacts.objects.get(contact=by_code).spent == 176_550
    facts = PurchaseFacts.objects.get(contact=by_phone)
    assert (facts.orders, facts.spent, facts.categories) == (2, 680_000, ["batik", "tenun"])
    assert Contact.objects.count() == 2


def test_unknown_buyer_becomes_a_contact_without_permission(workspace: Workspace) -> None:
    _run(workspace, HEAD + ROWS)
    assert Contact.objects.filter(workspace=workspace, source="order").count() == 2
    assert not Contact.objects.filter(consents__state="granted").exists()


def test_the_same_file_twice_changes_nothing(workspace: Workspace) -> None:
    _run(workspace, HEAD + ROWS)
    before = list(Order.objects.values().order_by("id")), list(OrderLine.objects.values().order_by("id"))
    again = _run(workspace, HEAD + ROWS)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    assert before == (list(Order.objects.values().order_by("id")), list(OrderLine.objects.values().order_by("id")))


def test_rows_of_one_number_are_one_order(workspace: Workspace) -> None:
    text = HEAD + (
        "GN-9,00001,081219722233,2025-05-04,BTK-01,Kemeja,batik,1,100000\n"
        "GN-9,00001,081219722233,2025-05-04,TNN-01,Tenun,tenun,1,250000\n"
    )
    done = _run(workspace, text)
    assert done.created == 2
    assert Order.objects.get().total == 350_000
    assert OrderLine.objects.count() == 2


def test_order_has_one_event_wherever_a_chunk_ends(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHUNK", 2)
    text = HEAD + "".join(
        f"GN-{number},00001,081219722233,2025-05-04,BTK-{line},Kemeja,batik,1,{100_000 + line}\n"
        for number in range(3)
        for line in range(3)
    )
    assert _run(workspace, text).created == 9
    told = Event.objects.filter(kind="order_completed").order_by("id")
    assert [event.data["total"] for event in told] == [300_003] * 3
    again = _run(workspace, text)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 9)


def test_a_file_that_is_one_order_is_still_read_in_chunks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CHUNK", 2)
    monkeypatch.setattr(runner, "_MAX_EXTRA_ROWS", 1)
    seen: list[int] = []
    row = "GN-1,00001,081219722233,2025-05-04,BTK-{0},Kemeja,batik,1,{0}000\n"
    _run(workspace, HEAD + "".join(row.format(n) for n in range(1, 8)), seen)
    assert seen == [3, 6, 7]
    assert Order.objects.get().total == 28_000


def test_a_marketplace_repeats_the_total_of_the_order(workspace: Workspace) -> None:
    text = (
        "No. Pesanan,Waktu Pesanan Dibuat,No. Telepon,Nama Produk,Jumlah,Harga Satuan,Total Pembayaran,Status Pesanan\n"
        "SH1,2026-01-02 10:00,081219722233,Kemeja,2,50000,175000,Selesai\n"
        "SH1,2026-01-02 10:00,081219722233,Tas,1,75000,175000,Selesai\n"
        "SH2,2026-01-03 10:00,081219722233,Tas,1,75000,75000,Dibatalkan\n"
    )
    _run(workspace, text)
    assert Order.objects.get(number="SH1").total == 175_000
    assert sorted(OrderLine.objects.filter(order__number="SH1").values_list("total", flat=True)) == [75_000, 100_000]
    assert Order.objects.get(number="SH2").state == "cancelled"


INVALID = [
    (",00001,081219722233,2025-05-04,X,Y,z,1,100", "order_no_number"),
    ("A,00001,081219722233,kapan-kapan,X,Y,z,1,100", "order_no_date"),
    ("B,00001,081219722233,2025-05-04,X,Y,z,1,mahal", "order_no_amount"),
    ("C,00001,081219722233,2025-05-04,X,Y,z,banyak,100", "order_no_quantity"),
    ("D,00001,081219722233,2025-05-04,X,Y,z,1,081219722233000", "order_no_amount"),
    ("E,,0812,2025-05-04,X,Y,z,1,100", "phone_too_short"),
    ("F,,,2025-05-04,X,Y,z,1,100", "no_identity"),
    ("G,,tidak ada,2025-05-04,X,Y,z,1,100", "no_number"),
    ("H,1,081219722233,2099-05-04,X,Y,z,1,100", "order_no_date"),
    ("I,1,081219722233,1902-05-04,X,Y,z,1,100", "order_no_date"),
    # A spreadsheet changed the number.
    ('"2,31E+14",1,081219722233,2025-05-04,X,Y,z,1,100', "order_number_rounded"),
    ('J,"6,28E+12",081219722233,2025-05-04,X,Y,z,1,100', "code_rounded"),
]


def test_invalid_rows_are_rejected_with_their_reasons(workspace: Workspace) -> None:
    done = _run(workspace, HEAD + ROWS + "".join(f"{row}\n" for row, _code in INVALID))
    assert (done.created, done.rejected) == (3, len(INVALID))
    found = dict(done.rejections.values_list("row", "code"))
    assert found == {number: code for number, (_row, code) in enumerate(INVALID, start=5)}


def test_amounts_are_read_in_the_shops_currency() -> None:
    _run(make_workspace(currency="SGD"), HEAD + 'A,1,081219722233,2025-05-04,X,Y,z,1,"19,99"\n')
    assert Order.objects.get().total == 1999


def test_price_times_quantity_over_the_limit_is_rejected(workspace: Workspace) -> None:
    head = "nomor_pesanan,telepon,tanggal,produk,jumlah,harga satuan\n"
    done = _run(workspace, f"{head}A,081219722233,2025-05-04,Y,1000000,999999999999999\n")
    assert (done.state, done.rejections.get().code) == ("done", "order_no_amount")


def test_order_does_not_restore_an_erased_person(workspace: Workspace) -> None:
    gone = make_contact(workspace, phone="+6281219722233")
    erase_contacts(workspace=workspace, ids=[gone.pk])
    done = _run(workspace, HEAD + ROWS)
    assert (done.created, [r.code for r in done.rejections.all()]) == (2, ["erased"])
    assert not Contact.objects.filter(identities__value="+6281219722233").exists()


def test_a_file_without_amounts_is_refused_before_it_starts(workspace: Workspace) -> None:
    taken = imports.start_import(
        workspace=workspace, kind="orders", filename="x.csv",
        file=BytesIO(b"nomor_pesanan,telepon,tanggal,produk\nA,081219722233,2025-05-04,Kemeja\n"),
    )  # fmt: skip
    with pytest.raises(DomainError):
        imports.queue_import(workspace=workspace, import_id=taken.pk)


TILL = "No Pesanan;Tanggal;HP;SKU;Qty;Harga Satuan;Total;Status\n"


def _till(workspace: Workspace, *rows: str) -> Import:
    """Rows of order, SKU, quantity, price, total, status."""
    lines = [row.split(";") for row in rows]
    return _run(workspace, TILL + "".join(f"{n};2026-05-01;081219722233;{';'.join(rest)}\n" for n, *rest in lines))


@each(
    ("rows", "total", "state"),
    [
        (["A;X;1;50000;50000;", "A;Y;1;50000;50000;"], 100_000, "completed"),  # a till: each row its own total
        (["A;X;1;50000;50000;", "A;X;1;50000;50000;"], 100_000, "completed"),  # two pieces of one product
        (["A;X;1;50000;120000;", "A;Y;1;60000;;"], 120_000, "completed"),  # a total in the first row only
        (["A;X;1;50000;;", "A;Y;2;30000;;"], 110_000, "completed"),
        (["A;X;1;50000;50000;Selesai", "A;Y;1;70000;70000;Batal"], 50_000, "completed"),
        (["A;X;1;50000;120000;Selesai", "A;Y;1;70000;120000;Dibatalkan"], 50_000, "completed"),
        (["A;X;1;50000;50000;Batal", "A;Y;1;70000;70000;Pengembalian Dana"], 120_000, "cancelled"),
    ],
    undone=True,
)
def test_total_of_an_order_from_its_rows(workspace: Workspace, rows: list[str], total: int, state: str) -> None:
    _till(workspace, *rows)
    order = Order.objects.get()
    assert (order.total, order.state) == (total, state)
    if state == "completed":
        assert PurchaseFacts.objects.get().spent == total


def test_order_repeated_further_down_counts_once_with_its_later_rows(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CHUNK", 2)
    once = ["A;X;1;50000;50000;Dikirim", "A;Y;1;70000;70000;Dikirim"]
    done = _till(workspace, *once, "B;X;1;50000;50000;Selesai", *(row.replace("Dikirim", "Batal") for row in once))
    assert dict(Order.objects.values_list("number", "total")) == {"A": 120_000, "B": 50_000}
    assert Order.objects.get(number="A").state == "cancelled"
    assert OrderLine.objects.filter(order__number="A").count() == 2
    assert done.warnings == {"number:told_again": {"count": 2, "rows": [5, 6]}}


@each(
    ("heads", "before", "after", "total"),
    [
        ("Total;Refund", "{paid};0", "{paid};25000", 70_000),
        ("Subtotal;Total Pesanan;Refund", "{paid};120000;", "{paid};120000;50000", 70_000),
        ("Subtotal;Total Pesanan", "{paid};120000", "{paid};70000", 70_000),
    ],
    undone=True,
)
def test_order_repeated_after_a_refund_counts_once(
    workspace: Workspace, heads: str, before: str, after: str, total: int
) -> None:
    """Two overlapping exports in one file; the order was refunded after the first."""
    goods = [("X", 50_000), ("Y", 70_000)]
    first, later = (
        [f"A;2026-05-01;081219722233;{sku};1;{paid};{cells.format(paid=paid)}" for sku, paid in goods]
        for cells in (before, after)
    )
    between = f"B;2026-05-01;081219722233;X;1;50000;{before.format(paid=50_000)}"
    head = f"No Pesanan;Tanggal;HP;SKU;Qty;Harga Satuan;{heads}"
    done = _run(workspace, "\n".join([head, *first, between, *later]))
    order = Order.objects.get(number="A")
    assert (order.total, order.state) == (total, "completed"), done.mapping
    assert sorted(order.lines.values_list("total", flat=True)) == [50_000, 70_000]
    assert done.warnings == {"number:told_again": {"count": 2, "rows": [5, 6]}}


@each(
    ("rows", "total"),
    [
        (["X;1;100000;300000;Selesai;100000", "Y;1;90000;300000;Selesai;100000", "Z;1;95000;300000;;100000"], 200_000),
        (["X;1;100000;300000;Selesai;100000", "Y;1;90000;;;", "Z;1;95000;;;"], 200_000),
        # The refund of a cancelled row is not subtracted again.
        (["X;1;100000;300000;Selesai;110000", "Y;1;90000;300000;Batal;110000", "Z;1;95000;;Selesai;"], 175_000),
        # A till has an amount per row.
        (["X;1;100000;100000;Selesai;10000", "Y;1;90000;90000;;10000", "Z;1;95000;95000;;10000"], 255_000),
    ],
    undone=True,
)
def test_refund_of_the_order_in_each_row_counts_once(workspace: Workspace, rows: list[str], total: int) -> None:
    head = "No Pesanan;Tanggal;HP;SKU;Qty;Harga Satuan;Total;Status;Refund\n"
    done = _run(workspace, head + "".join(f"A;2026-05-01;081219722233;{row}\n" for row in rows))
    assert [done.mapping[index] for index in "68"] == ["total", "refunded"]
    assert Order.objects.values_list("total", "state").get() == (total, "completed")


def test_refund_that_cannot_be_read_is_skipped(workspace: Workspace) -> None:
    head = "Order Number,Order Status,Order Date,Phone (Billing),SKU,Order Total Amount,Order Refund Amount\n"
    refunds = {"A": "10000", "B": "sebagian", "C": "-", "D": "-5000"}
    rows = (f"{n},Completed,2026-05-01 10:00,081219722233,X,50000,{refund}\n" for n, refund in refunds.items())
    done = _run(workspace, head + "".join(rows))
    assert done.warnings == {"refunded:order_no_amount": {"count": 1, "rows": [3]}}
    totals = dict(Order.objects.values_list("number", "total"))
    assert totals == {"A": 40_000, "B": 50_000, "C": 50_000, "D": 45_000}


def test_result_names_orders_whose_rows_are_too_far_apart(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result names the incomplete orders and says what to do."""
    monkeypatch.setattr(runner, "CHUNK", 1)
    monkeypatch.setattr(order_imports, "CACHED_ORDERS", 1)
    rows = [f"{number};X;1;50000;50000;Selesai" for number in ("A", "B", "C", "A")]
    done = _till(workspace, *rows)
    assert dict(Order.objects.values_list("number", "total")) == {"A": 50_000, "B": 50_000, "C": 50_000}
    assert done.warnings == {"number:far_apart": {"count": 1, "rows": [5]}}
    assert "far_apart" in order_imports.TITLES
    together = _till(workspace, *sorted(row.replace(";X", f";{n}") for n, row in enumerate(rows)))
    assert together.warnings == {}
    assert Order.objects.get(number="A").total == 100_000


UNPAID = ("Belum Bayar", "Belum Lunas", "Blm Bayar", "Menunggu Pembayaran", "Unpaid", "pending")


def test_unpaid_order_is_rejected(workspace: Workspace) -> None:
    done = _till(workspace, *(f"A{number};X;1;50000;50000;{status}" for number, status in enumerate(UNPAID)))
    codes = dict(done.rejections.values_list("row", "code"))
    assert codes == dict.fromkeys(range(2, 2 + len(UNPAID)), "order_unpaid")
    assert not Order.objects.exists()


def test_contact_known_by_the_number_gets_the_code(workspace: Workspace) -> None:
    ayu = make_contact(workspace, "Ayu", phone="+6281219722233")
    _run(workspace, HEAD + "A,C1,081219722233,2025-05-04,X,Y,z,1,100\n")
    done = _run(workspace, HEAD + "B,C1,,2025-05-05,X,Y,z,1,100\nC,C1,0812,2025-05-05,X,Y,z,1,100\n")
    assert set(Order.objects.values_list("contact", flat=True)) == {ayu.pk}
    assert done.warnings == {"phone:phone_too_short": {"count": 1, "rows": [3]}}
    # The code takes precedence, because the number may be that of the person who receives the parcel.
    _run(workspace, HEAD + "D,C1,081342301241,2025-05-06,X,Y,z,1,100\n")
    assert Order.objects.get(number="D").contact == ayu
    assert set(ayu.identities.values_list("value", flat=True)) == {"+6281219722233", "C1"}


def test_the_buyers_of_a_chunk_are_looked_up_once(workspace: Workspace) -> None:
    _run(workspace, HEAD + ROWS)
    with CaptureQueriesContext(connection) as captured:
        assert _run(workspace, HEAD + ROWS.replace("GN-", "GN-9")).created == 3
    asked = [query["sql"] for query in captured if 'FROM "contacts_identity"' in query["sql"]]
    assert len(asked) == 1, asked
