"""Imports of exports from shops and marketplaces without corrections. The rows are synthetic, the headers original."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.commerce.models import Order, OrderLine, PurchaseFacts
from wabolt.commerce.tests.importing import import_orders
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.imports import services as imports
from wabolt.lib import clock

pytestmark = pytest.mark.django_db

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Billing Name,Billing Phone,"
    "Shipping Name,Shipping Phone,Notes,Cancelled at,Payment Method,Id,Tags,Phone\n"
    "#1001,siti@example.com,paid,2026-01-02 10:05:00 +0700,fulfilled,,no,IDR,225000,15000,0,240000,HEMAT,0,JNE,"
    "2026-01-02 10:00:00 +0700,2,Kemeja,75000,,KMJ-1,true,Siti Rahmawati,'+6281211110001,Siti,,,,manual,501,,\n"
    "#1001,siti@example.com,,,,,,,,,,,,,,2026-01-02 10:00:00 +0700,1,Tas,75000,,TAS-1,true,,,,,,,,,,\n"
    "#1002,,pending,,,,no,IDR,50000,0,0,50000,,0,,2026-01-03 10:00:00 +0700,1,Tas,50000,,TAS-1,true,Budi,081311110002,"
    ",,,,manual,502,,\n"
)
WOO = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Phone (Billing),"
    "SKU,Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code,Order Total Amount\n"
    "1001,Completed,2026-01-02 10:00,,Siti,Rahmawati,081211110001,KMJ-1,1,Kemeja,2,75000,HEMAT,240000\n"
    "1001,Completed,2026-01-02 10:00,,Siti,Rahmawati,081211110001,TAS-1,2,Tas,1,75000,HEMAT,240000\n"
    "1002,On hold,2026-01-03 10:00,,Budi,,081311110002,TAS-1,1,Tas,1,50000,,50000\n"
)
SHOPEE = (
    "No. Pesanan,Status Pesanan,Status Pembatalan/ Pengembalian,No. Resi,Opsi Pengiriman,Waktu Pesanan Dibuat,"
    "Waktu Pembayaran Dilakukan,SKU Induk,Nama Produk,Nomor Referensi SKU,Nama Variasi,Harga Awal,"
    "Harga Setelah Diskon,Jumlah,Total Harga Produk,Total Diskon,Berat Produk,Voucher Ditanggung Penjual,"
    "Total Pembayaran,Username (Pembeli),Nama Penerima,No. Telepon,Alamat Pengiriman,Kota/Kabupaten,Provinsi\n"
    "1001,Selesai,,JX1,Reguler,2026-01-02 10:00,2026-01-02 10:05,,Kemeja,KMJ-1,M,90.000,75.000,2,150.000,0,1 kg,0,"
    "240.000,siti_r,Siti Rahmawati,6281211110001,x,KOTA BANDUNG,JAWA BARAT\n"
    "1001,Selesai,,JX1,Reguler,2026-01-02 10:00,2026-01-02 10:05,,Tas,TAS-1,,75.000,75.000,1,75.000,0,1 kg,0,"
    "240.000,siti_r,Siti Rahmawati,6281211110001,x,KOTA BANDUNG,JAWA BARAT\n"
    "1002,Belum Bayar,,,Reguler,2026-01-03 10:00,,,Tas,TAS-1,,50.000,50.000,1,50.000,0,1 kg,0,50.000,budi,B***i,"
    "******02,x,KAB. SLEMAN,DI YOGYAKARTA\n"
)
TIKTOK = (
    "Order ID,Order Status,Order Substatus,Cancelation/Return Type,SKU ID,Seller SKU,Product Name,Variation,Quantity,"
    "Sku Quantity of return,SKU Unit Original Price,SKU Subtotal Before Discount,SKU Subtotal After Discount,"
    "Order Amount,Created Time,Paid Time,Tracking ID,Buyer Username,Recipient,Phone #,Province,Regency and City,"
    "Districts,Product Category\n"
    "Platform unique order ID.,The order status of the order,Order sub status shown,Type of the cancellation,"
    "Platform unique SKU ID,Seller defined SKU id,Product name of the order,Variation of the SKU,SKU sold quantity,"
    "Quantity that was returned,Original price of one,Subtotal before any discount,Subtotal after all discounts,"
    "Amount the buyer paid,Time of order creation,Time of the payment,Tracking number of package,Username of the buyer,"
    "Name of the recipient,Phone of the recipient,Province of the recipient,City of recipient,District of it all,"
    "Category of the product\n"
    '"1001\t",Completed,,,"1\t",KMJ-1,Kemeja,M,2,0,90000,180000,150000,240000,02/01/2026 10:00:00\t,,"JX\t",siti_r,'
    "Siti Rahmawati,(+62)81211110001,Jawa Barat,Bandung,Coblong,Kemeja\n"
    '"1001\t",Completed,,,"2\t",TAS-1,Tas,,1,0,75000,75000,75000,240000,02/01/2026 10:00:00\t,,"JX\t",siti_r,'
    "Siti Rahmawati,(+62)81211110001,Jawa Barat,Bandung,Coblong,Tas\n"
    '"1002\t",Unpaid,,,"2\t",TAS-1,Tas,,1,0,50000,50000,50000,50000,03/01/2026 10:00:00\t,,,budi,B***i,(+62)***02,,,,'
    "Tas\n"
)


@pytest.fixture(autouse=True)
def _after_all_of_these_orders() -> Iterator[None]:
    with clock.hold(datetime(2026, 11, 27, tzinfo=UTC)):
        yield


@each("program", ["SHOPIFY", "WOO", "SHOPEE", "TIKTOK"], undone=True)
def test_export_is_imported_right_without_corrections(program: str) -> None:
    done = import_orders(make_workspace(), globals()[program])
    assert [(r.row, r.code) for r in done.rejections.all()] == [(5 if program == "TIKTOK" else 4, "order_unpaid")]
    order = Order.objects.get()
    assert (order.number.lstrip("#"), order.total, order.state) == ("1001", 240_000, "completed")
    assert order.ordered_at == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    lines = OrderLine.objects.order_by("product__sku").values_list("product__sku", "product__name", "quantity", "total")
    assert list(lines) == [("KMJ-1", "Kemeja", 2, 150_000), ("TAS-1", "Tas", 1, 75_000)]
    siti = Contact.objects.get()
    assert (siti.name, phone_of(siti)) == ("Siti Rahmawati", "+6281211110001")
    if program in {"SHOPEE", "TIKTOK"}:
        assert siti.identities.get(kind="marketplace_username").value == f"{program.lower()}:siti_r"


def with_column(text: str, *cells: str) -> str:
    """The same file with one column more."""
    out = StringIO()
    csv.writer(out).writerows([*row, cell] for row, cell in zip(csv.reader(StringIO(text)), cells, strict=True))
    return out.getvalue()


@each(
    ("program", "cells"),
    [
        ("SHOPIFY", ("Refunded Amount", "100000.00", "", "0")),
        ("WOO", ("Order Refund Amount", "100000", "100000", "0")),
        ("WOO", ("Order Refund Amount", "100000", "", "0")),
        ("TIKTOK", ("Order Refund Amount", "Amount that was refunded", "100000", "100000", "0")),
    ],
    undone=True,
)
def test_what_was_paid_back_since_is_not_counted(program: str, cells: tuple[str, ...]) -> None:
    workspace, text = make_workspace(), globals()[program]
    import_orders(workspace, text)
    assert PurchaseFacts.objects.get().spent == 240_000
    import_orders(workspace, with_column(text, *cells))
    assert Order.objects.values_list("total", "state").get() == (140_000, "completed")
    assert PurchaseFacts.objects.values_list("spent", "orders").get() == (140_000, 1)
    import_orders(workspace, with_column(text, *cells).replace("100000", "240000"))
    assert Order.objects.values_list("total", "state").get() == (240_000, "cancelled")
    assert PurchaseFacts.objects.values_list("spent", "orders").get() == (0, 0)


def test_refunds_of_woocommerce_are_subtracted_once() -> None:
    workspace = make_workspace()
    refunded = with_column(WOO.replace("KMJ-1,1,Kemeja,2", "KMJ-1,1,Kemeja,1"), "Order Refund Amount", *["75000"] * 3)
    without_total = refunded.replace(",Order Total Amount,", ",Remarks,")
    for text, total in (
        (refunded, 165_000),
        (with_column(refunded, "Order Total Amount (- Refund)", "165000", "165000", "50000"), 165_000),
        (without_total, 150_000),  # The quantities are what the customer kept.
    ):
        import_orders(workspace, text)
        assert Order.objects.values_list("total", "state").get() == (total, "completed"), text


def test_product_of_woocommerce_that_came_back_whole_leaves_the_rest_of_the_order() -> None:
    workspace = make_workspace()
    import_orders(workspace, WOO)
    back = WOO.replace("Kemeja,2", "Kemeja,0")
    done = import_orders(workspace, with_column(back, "Order Refund Amount", "150000", "", "0"))
    assert [(r.row, r.code) for r in done.rejections.all()] == [(4, "order_unpaid")]
    assert Order.objects.values_list("total", "state").get() == (90_000, "completed")
    assert OrderLine.objects.values_list("product__sku", "quantity").get() == ("TAS-1", 1)
    back = back.replace("Tas,1,75000", "Tas,0,75000").replace("Completed", "Refunded")
    import_orders(workspace, with_column(back, "Order Refund Amount", "240000", "240000", "0"))
    assert Order.objects.values_list("total", "state").get() == (240_000, "cancelled")
    assert PurchaseFacts.objects.values_list("spent", "orders").get() == (0, 0)


def test_buyer_with_a_hidden_number_is_found_by_the_username() -> None:
    workspace = make_workspace()
    hidden = SHOPEE.replace("6281211110001", "******01").replace("Siti Rahmawati", "S***i")
    done = import_orders(workspace, hidden)
    siti = Contact.objects.get()
    assert (siti.name, phone_of(siti), Order.objects.get().contact) == ("", None, siti)
    assert done.warnings == {"phone:phone_masked": {"count": 2, "rows": [2, 3]}}
    import_orders(workspace, SHOPEE.replace("1001,", "1003,"))
    siti.refresh_from_db()
    assert (Contact.objects.count(), phone_of(siti), siti.name) == (1, "+6281211110001", "Siti Rahmawati")


@each(
    ("target", "words", "total"),
    [
        ("order_total", "dihitung sebagai total pesanan, Rp50.000", 50_000),
        ("total", "dihitung per baris, jadi pesanannya Rp100.000", 100_000),
    ],
    undone=True,
)
def test_whether_a_repeated_amount_is_the_orders_is_asked_with_both_results(
    target: str, words: str, total: int
) -> None:
    workspace = make_workspace()
    text = b"No Pesanan;Tanggal;HP;Produk;Total\nA;2026-05-01;081219722233;Kemeja;50000\n"
    file = BytesIO(text + b"A;2026-05-01;081219722233;Tas;50000\n")
    taken = imports.start_import(workspace=workspace, kind="orders", file=file, filename="x.csv")
    client, page = signed_in(workspace, "manager"), reverse("imports:columns", args=[taken.pk])
    assert "dihitung sebagai total pesanan, Rp50.000" in client.get(page).content.decode()
    look = client.post(page, {"column_4": target, "look": "1"}, headers={"HX-Request": "true", "HX-Target": "preview"})
    assert words in look.content.decode()
    client.post(page, {"column_4": target})
    imports.queue_import(workspace=workspace, import_id=taken.pk)
    imports.run_import(taken.pk)
    assert Order.objects.get().total == total


@each("header", ["Total", "Total Bayar", "Grand Total", "Nominal"], undone=True)
def test_total_repeated_in_each_row_counts_once(header: str) -> None:
    text = f"No Pesanan;Tanggal;HP;Produk;{header}\n"
    rows = (f"A;2026-05-01;081219722233;{goods};225000\n" for goods in ("Kemeja", "Tas"))
    import_orders(make_workspace(), text + "".join(rows))
    assert Order.objects.get().total == 225_000
    assert sum(OrderLine.objects.values_list("total", flat=True)) == 225_000


def test_further_rows_of_an_order_inherit_its_buyer() -> None:
    text = (
        "No Pesanan;Tanggal;Nama;HP;Produk;Qty;Harga Satuan\n"
        "A;2026-05-01;Ani;081219722233;Kemeja;1;100000\n"
        "A;;;;Tas;1;50000\n"
        ";;;;Topi;1;25000\n"
        "B;2026-05-02;Budi;081342301241;Tas;1;50000\n"
        "C;2026-05-02;;;Tas;1;50000\n"
    )
    done = import_orders(make_workspace(), text)
    assert dict(Order.objects.values_list("number", "total")) == {"A": 175_000, "B": 50_000}
    assert [(r.row, r.code) for r in done.rejections.all()] == [(6, "no_identity")]


def test_unit_price_and_total_are_different_targets() -> None:
    text = "No Pesanan;Tanggal;HP;Produk;Qty;Harga Satuan;Subtotal;Grand Total\n"
    done = import_orders(make_workspace(), text + "A;2026-05-01;081219722233;Kemeja;3;50000;150000;165000\n")
    assert [done.mapping[str(index)] for index in (5, 6, 7)] == ["unit_price", "total", "order_total"]
    assert (Order.objects.get().total, OrderLine.objects.get().total) == (165_000, 150_000)


@each(
    ("head", "row", "moment"),
    [
        ("Receipt Number,Date,Time,Customer Phone,Net Sales", "1,2026-01-02,10:30:00,{},150000", (3, 30)),  # Moka
        ("No Nota,Tanggal,Jam,No. Telp Pelanggan,Total", "1,02 Januari 2026,19.45,{},150000", (12, 45)),  # Pawoon
        ("Receipt Number,Date,Time,Phone,Total", "1,2026-01-02,10:30 PM,{},150000", (15, 30)),
        ("No. Transaksi,Waktu Order,Waktu Bayar,No HP,Total", "1,02/01/2026 10:00,,{},150000", (3, 0)),  # Majoo
        ("Struk,Tanggal,Jam,HP,Belanja", "1,02/01/2026 08:15,10:30,{},Rp150.000", (1, 15)),
        ("Struk,Tanggal,Jam,HP,Total", "1,02/01/2026,25:99,{},150000", None),
        ("Struk,Tanggal,HP,Total", "1,02/01/2026,{},١٥٠٠٠٠", None),
    ],
    undone=True,
)
def test_tills_write_day_and_time_in_their_own_ways(head: str, row: str, moment: tuple[int, int] | None) -> None:
    import_orders(make_workspace(), f"{head}\n{row.format('081211110001')}\n")
    order = Order.objects.get()
    midnight = datetime(2026, 1, 1, 17, 0, tzinfo=UTC)
    assert (order.total, order.ordered_at) == (
        150_000, datetime(2026, 1, 2, *moment, tzinfo=UTC) if moment else midnight,
    )  # fmt: skip
