"""Orders as people and programs keep them. Each case is a kind of file that was stored wrongly before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import Order
from wabolt.commerce.services import imports as order_imports
from wabolt.commerce.tests.importing import import_orders
from wabolt.contacts.models import Contact, Merge
from wabolt.contacts.services import merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.services import runner
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _after_all_of_these_orders() -> Iterator[None]:
    with clock.hold(datetime(2026, 11, 27, tzinfo=UTC)):
        yield


def _orders() -> dict[str, tuple[int, str]]:
    return {number: (total, state) for number, total, state in Order.objects.values_list("number", "total", "state")}


@each("label", ["Subtotal", "Total", "TOTAL BAYAR", "Jumlah", "Grand Total"], undone=True)
def test_sums_between_orders_are_no_products(label: str) -> None:
    done = import_orders(
        make_workspace(),
        "No Nota;Tanggal;Nama;HP;Barang;Qty;Harga;Jumlah\n"
        "N1;31/10/2026;Ani;081234567890;Kemeja;2;75.000;150.000\n"
        ";;;;Tas;1;50.000;50.000\n"
        f";;;;{label};;;200.000\n"
        "N2;31/10/2026;Budi;081234567891;Tas;1;50.000;50.000\n"
        f";;;;{label};;;50.000\n",
    )
    assert _orders() == {"N1": (200_000, "completed"), "N2": (50_000, "completed")}
    assert {row.code for row in done.rejections.all()} <= {"order_no_number"}


DAILY = (
    "No Nota;Tanggal;Nama;HP;Barang;Total\n"
    "1;30/10/2026;Ani;081234567890;Kemeja;10000\n"
    "2;30/10/2026;Budi;081234567891;Tas;20000\n"
    "1;31/10/2026;Cici;081234567892;Kemeja;30000\n"
    "2;31/10/2026;Dedi;081234567893;Tas;40000\n"
)


@each(
    ("chunk", "cached", "day"),
    [(*sizes, day) for sizes in ((1, 20_000), (8000, 20_000), (1, 1)) for day in ("31/10", "30/10")],
    undone=True,
)
def test_numbers_that_begin_again_do_not_mix_customers(
    monkeypatch: pytest.MonkeyPatch, chunk: int, cached: int, day: str
) -> None:
    monkeypatch.setattr(runner, "CHUNK", chunk)
    monkeypatch.setattr(order_imports, "CACHED_ORDERS", cached)
    done = import_orders(make_workspace(), DAILY.replace("31/10", day))
    assert _orders() == {"1": (10_000, "completed"), "2": (20_000, "completed")}
    refused = [(row.row, row.code) for row in done.rejections.all()]
    assert refused == [(4, "order_other_buyer"), (5, "order_other_buyer")]
    assert set(Contact.objects.values_list("name", flat=True)) == {"Ani", "Budi"}


@each("day", ["31/10", "30/10"], undone=True)
def test_numbers_that_begin_again_in_the_next_file_replace_no_order(day: str) -> None:
    """The next file may be of another day, or of another till that also counts from 1."""
    workspace = make_workspace()
    head, *rows = DAILY.replace("31/10", day).splitlines(keepends=True)
    import_orders(workspace, head + "".join(rows[:2]))
    done = import_orders(workspace, head + "".join(rows[2:]))
    assert _orders() == {"1": (10_000, "completed"), "2": (20_000, "completed")}
    assert [row.code for row in done.rejections.all()] == ["order_other_buyer"] * 2
    assert Contact.objects.count() == 2
    again = import_orders(workspace, head + "".join(rows[:2]).replace("Kemeja;10000", "Kemeja;15000"))
    assert (again.rejected, _orders()["1"]) == (0, (15_000, "completed"))


def test_rows_of_an_import_that_continues_are_no_conflict() -> None:
    workspace = make_workspace()
    head, *rows = DAILY.splitlines(keepends=True)
    imported = import_orders(workspace, head + "".join(rows[:2]))
    cells = [(number, row.strip().split(";")) for number, row in enumerate(rows[:2], start=2)]
    continued = order_imports.OrderSession(imported)
    continued.replay(continued.parse(cells))
    result = continued.write(continued.parse(cells))
    assert (result.unchanged, result.rejections) == (2, [])


def test_the_same_file_is_accepted_after_a_merge_and_a_new_name() -> None:
    workspace = make_workspace()
    file = "".join(DAILY.splitlines(keepends=True)[:3])
    import_orders(workspace, file)
    ani, budi = Contact.objects.get(name="Ani"), Contact.objects.get(name="Budi")
    merge_contacts(workspace=workspace, keep_id=ani.pk, absorb_id=budi.pk, reason=Merge.Reason.MEMBER)
    Contact.objects.filter(pk=ani.pk).update(name="Bu Ani Langganan")
    again = import_orders(workspace, file)
    assert (again.rejected, again.unchanged) == (0, 2)


def test_a_shared_number_makes_two_contacts_of_a_row_one_buyer() -> None:
    """A later file may also have the code of the buyer, and the code may belong to another contact."""
    workspace = make_workspace()
    import_orders(workspace, "".join(DAILY.splitlines(keepends=True)[:2]))
    make_contact(workspace, "Toko Ani", identities=[("code", "C1")])
    later = "No Nota;Tanggal;Kode Pelanggan;Nama;HP;Barang;Total\n1;30/10/2026;C1;Toko Ani;081234567890;Kemeja;15000\n"
    assert (import_orders(workspace, later).rejected, _orders()) == (0, {"1": (15_000, "completed")})


@each(
    ("files", "second"),
    product(
        [1, 2],
        [
            "1;30/10/2026;Ani;081234567899;Tas;20000",  # another number of the same person
            "1;31/10/2026;Ani;081234567890;Tas;20000",  # one person on two days
            "1;30/10/2026;;081234567890;Tas;20000",
        ],
    ),
    undone=True,
)
def test_rows_of_one_customer_stay_one_order(second: str, files: int) -> None:
    """In one file the rows are added up. A later file replaces the order."""
    head, first = DAILY.splitlines(keepends=True)[:2]
    workspace = make_workspace()
    if files == 2:
        assert import_orders(workspace, f"{head}{first}").rejected == 0
        first = ""
    assert import_orders(workspace, f"{head}{first}{second}\n").rejected == 0
    assert _orders() == {"1": (30_000 if files == 1 else 20_000, "completed")}


def test_an_order_that_may_still_be_returned_counts() -> None:
    import_orders(
        make_workspace(),
        "No. Pesanan,Status Pesanan,Waktu Pesanan Dibuat,Nama Produk,Jumlah,Total Harga Produk,Username (Pembeli),"
        "No. Telepon\n"
        'S1,"Pesanan diterima, namun Pembeli masih dapat mengajukan pengembalian hingga 2026-11-05",2026-10-31 09:15,'
        "Kemeja,1,150.000,ani,6281234567890\n"
        "S2,Batal,2026-10-31 09:15,Kemeja,1,150.000,budi,6281234567891\n",
    )
    assert _orders() == {"S1": (150_000, "completed"), "S2": (150_000, "cancelled")}


def test_an_export_of_lazada_has_a_row_per_piece() -> None:
    row = (
        "{},5001,31 Oct 2026 09:15,01 Nov 2026 09:15,03 Nov 2026 10:00,A**i,Ani Santoso,6281234567890,75000.00,"
        "80000.00,K,Kemeja,{}\n"
    )
    import_orders(
        make_workspace(),
        "orderItemId,orderNumber,createTime,updateTime,deliveredDate,customerName,billingName,billingPhone,paidPrice,"
        f"unitPrice,sellerSku,itemName,status\n{row.format(11, 'delivered')}{row.format(12, 'delivered')}"
        f"{row.format(13, 'canceled').replace('5001', '5002')}",
    )
    assert _orders() == {"5001": (150_000, "completed"), "5002": (75_000, "cancelled")}
    assert Order.objects.get(number="5001").ordered_at == datetime(2026, 10, 31, 2, 15, tzinfo=UTC)
    assert Contact.objects.get().name == "Ani Santoso"
