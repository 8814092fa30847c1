"""Guesses of columns from names and values."""

import pytest

from wabolt.lib.columns import Kind, guess_mapping, is_known_name

PEOPLE = [
    ["Ani Santoso", "0813.8779.7397", "Medan", "P", "08-04-1991", "Ya", "ani@contoh.id"],
    ["BUDI", "wa: 081120605196", "jkt", "L", "7 Mei 1974", "tidak", ""],
    ["Siti Siregar", "85271989570", "Solo", "wanita", "37972", "TRUE", "siti@contoh.id"],
]


def targets(kind: Kind, columns: str, rows: list[list[str]] | None = None) -> list[str]:
    return [guess.target for guess in guess_mapping(kind, columns.split("|"), rows or []).values()]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            "Nama Lengkap|No. HP / WA|Kota|JK|Tgl Lahir|Setuju Promo?|Sumber|Kode Pelanggan|Catatan",
            "name|phone|city|gender|birth_date|consent|source|code|note",
        ),
        ("NAMA|TELP|DOMISILI|L/P|TTL|E-MAIL|KETERANGAN|LABEL", "name|phone|city|gender|birth_date|email|note|tags"),
        ("Full Name|Phone Number|City|Gender|Date of Birth|Opt-in", "name|phone|city|gender|birth_date|consent"),
        ("firstName|mobileNumber|emailAddress|tags", "name|phone|email|tags"),
        ("Nama|WA|Boleh dikirimi?", "name|phone|consent"),
        ("Nama|WA|Boleh kirim promo", "name|phone|consent"),
        ("nama_pelanggan|nomor_whatsapp|jenis_kelamin|bersedia dihubungi", "name|phone|gender|consent"),
        ("Nama Anda|Nomor WhatsApp aktif|Kota tempat tinggal", "name|phone|city"),
    ],
)
def test_contacts_by_the_names_of_their_columns(columns: str, expected: str) -> None:
    assert targets("contacts", columns) == expected.split("|")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            "nomor_pesanan|kode_pelanggan|telepon|tanggal|sku|produk|kategori|jumlah|total",
            "number|code|phone|ordered_at|sku|product|category|quantity|total",
        ),
        (
            (
                "No. Pesanan|Status Pesanan|No. Resi|Waktu Pesanan Dibuat|Waktu Pembayaran Dilakukan|"
                "SKU Induk|Nama Produk|Nomor Referensi SKU|Nama Variasi|Harga Awal|Harga Setelah Diskon|Jumlah|"
                "Total Harga Produk|Total Diskon|Voucher Ditanggung Penjual|Total Pembayaran|Username (Pembeli)|"
                "Nama Penerima|No. Telepon|Kota/Kabupaten"
            ),
            (
                "number|status|ignore|ordered_at|ignore|ignore|product|sku|ignore|ignore|unit_price|quantity|"
                "total|ignore|ignore|order_total|username|name|phone|ignore"
            ),
        ),
        (
            (
                "Nomor Invoice|Tanggal Pembayaran|Status Terakhir|Nama Produk|Nomor SKU|Jumlah Produk Dibeli|"
                "Harga Jual (IDR)|Total Penjualan (IDR)|Nama Pembeli|No Telp Pembeli|Kode Voucher"
            ),
            "number|ordered_at|status|product|sku|quantity|unit_price|total|name|phone|voucher",
        ),
        (
            "order_id|created_at|customer name|product name|qty|price|amount",
            "number|ordered_at|name|product|quantity|unit_price|total",
        ),
    ],
)
def test_orders_by_the_names_of_their_columns(columns: str, expected: str) -> None:
    assert targets("orders", columns) == expected.split("|")


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        (
            "Tgl|Barang|Qty|Harga|Jumlah",
            "2026-01-01|Baju|2|50000|100000",
            "ordered_at|product|quantity|unit_price|total",
        ),
        (
            "Tgl|Barang|Jumlah|Harga|Total",
            "2026-01-01|Baju|2|50000|100000",
            "ordered_at|product|quantity|unit_price|total",
        ),
        ("Tanggal|Produk|Jumlah", "2026-01-01|Baju|2", "ordered_at|product|quantity"),
    ],
)
def test_jumlah_is_the_quantity_unless_another_column_is(columns: str, row: str, expected: str) -> None:
    assert targets("orders", columns, [row.split("|"), row.split("|")]) == expected.split("|")


def test_values_tell_what_names_do_not() -> None:
    assert targets("contacts", "A|B|C|D|E|F|G", PEOPLE) == [
        "name", "phone", "city", "gender", "birth_date", "field:f", "email"
    ]  # fmt: skip


def test_consent_is_never_guessed_from_values() -> None:
    rows = [["0813.8779.7397", "Ya"], ["081120605196", "Ya"]]
    assert "consent" not in targets("contacts", "Telepon|F", rows)


@pytest.mark.parametrize(
    "name",
    [
        "Accepts Email Marketing", "Email Consent", "SMS marketing consent", "Setuju syarat dan ketentuan",
        "Newsletter", "Langganan", "Izin foto",
    ],
)  # fmt: skip
def test_a_yes_to_something_else_is_no_permission(name: str) -> None:
    assert "consent" not in targets("contacts", f"Telepon|{name}", [["081120605196", "Ya"], ["081120605197", "Ya"]])


@pytest.mark.parametrize("name", ["Tgl Daftar", "Tanggal Gabung", "Terakhir Belanja", "Servis"])
def test_days_of_something_else_are_no_birthdays(name: str) -> None:
    rows = [["081120605196", "03/04/2025"], ["081120605197", "12/04/2025"]]
    assert "birth_date" not in targets("contacts", f"Telepon|{name}", rows)
    assert "birth_date" in targets("contacts", "Telepon|Kolom 2", rows)


def test_values_against_a_name_make_it_unlikely() -> None:
    rows = [["1", "081120605196", "Ani Santoso"], ["2", "081120605197", "Budi Hakim"]]
    guesses = guess_mapping("contacts", ["No. Kontak", "HP", "Nama"], rows)
    assert [guess.target for guess in guesses.values()] == ["field:no_kontak", "phone", "name"]
    assert guesses[1].confidence > 0.9


def test_each_unknown_column_becomes_its_own_field() -> None:
    rows = [["1", "Ani Santoso", "M", "M", "merah", ""]]
    assert targets("contacts", "No|Nama|Ukuran Baju|Ukuran baju!|サイズ|Kosong", rows) == [
        "ignore", "name", "field:ukuran_baju", "field:ukuran_baju_2", "field:column_5", "ignore"
    ]  # fmt: skip


def test_a_second_column_of_one_kind_becomes_a_field() -> None:
    rows = [["Ani Santoso", "081120605196", "0213456789"]]
    assert targets("contacts", "Nama|No HP|No Telp Rumah", rows) == ["name", "phone", "field:no_telp_rumah"]


def test_further_columns_of_mobile_numbers_are_numbers_too() -> None:
    rows = [["Ani Santoso", "", "081120605196", "0213456789"], ["Budi", "081120605197", "081120605198", ""]]
    assert targets("contacts", "Nama|WA|HP|Telepon", rows) == ["name", "phone", "phone2", "field:telepon"]
    assert targets("contacts", "Nama|Ukuran|HP Istri|HP", rows)[2].startswith("field:")


def test_name_and_number_are_of_the_same_person() -> None:
    rows = [["ani", "0811****196", "Bu Rina", "081120605196"], ["budi", "0811****197", "Budi", "081120605197"]]
    columns = "Nama Pembeli|No Telp Pembeli|Nama Penerima|No Telp Penerima"
    assert targets("orders", columns, rows) == ["ignore", "ignore", "name", "phone"]
    plain = [[buyer, phone, receiver, phone] for buyer, _masked, receiver, phone in rows]
    assert targets("orders", columns, plain) == ["name", "phone", "ignore", "ignore"]


def test_names_of_columns_are_known() -> None:
    assert all(map(is_known_name, ["Nama", "No. HP", "Tgl Lahir", "Total", "kode_pelanggan"]))
    assert not any(map(is_known_name, ["Ani Santoso", "081120605196", "", "Gaya Nusantara", "x" * 500]))


@pytest.mark.parametrize(
    "described", ["Phone 1", "Telepon 1", "E-mail 2", "Address 1", "No HP", "Custom Field 1", "Event 1"]
)
@pytest.mark.parametrize("kind", ["Label", "Type", "Tipe", "Jenis"])
@pytest.mark.parametrize("value", ["Mobile", "081210000001", "", "Home", "1990-01-01", "ani@contoh.id"])
def test_the_kind_of_another_column_is_no_data_of_a_person(described: str, kind: str, value: str) -> None:
    """Google's "Phone 1 - Label" says "Mobile". It is neither a phone nor a label of the person."""
    rows = [["Ani Santoso", value, "081210000001"], ["Budi Salim", value, "081210000002"]]
    for name in (f"{described} - {kind}", f"{kind} {described}"):
        assert targets("contacts", f"Nama|{name}|Phone 1 - Value", rows) == ["name", "ignore", "phone"]
