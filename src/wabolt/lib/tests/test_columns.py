"""Guesses of columns from names and values."""

from itertools import product

from tests.cases import each

from wabolt.lib.column_matching import is_known_name
from wabolt.lib.columns import Kind, guess_mapping

PEOPLE = [
    ["Ani Santoso", "0813.8779.7397", "Medan", "P", "08-04-1991", "Ya", "ani@contoh.id"],
    ["BUDI", "wa: 081120605196", "jkt", "L", "7 Mei 1974", "tidak", ""],
    ["Siti Siregar", "85271989570", "Solo", "wanita", "37972", "TRUE", "siti@contoh.id"],
]


def targets(kind: Kind, columns: str, rows: list[list[str]] | None = None) -> list[str]:
    return [guess.target for guess in guess_mapping(kind, columns.split("|"), rows or []).values()]


@each(
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


@each(
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


@each(
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


@each(
    "name",
    [
        "Accepts Email Marketing", "Email Consent", "SMS marketing consent", "Setuju syarat dan ketentuan",
        "Newsletter", "Langganan", "Izin foto", "Setuju aturan toko", "Setuju S&K",
    ],
)  # fmt: skip
def test_a_yes_to_something_else_is_no_permission(name: str) -> None:
    assert "consent" not in targets("contacts", f"Telepon|{name}", [["081120605196", "Ya"], ["081120605197", "Ya"]])


@each("name", ["Tgl Daftar", "Tanggal Gabung", "Terakhir Belanja", "Servis"])
def test_days_of_something_else_are_no_birthdays(name: str) -> None:
    rows = [["081120605196", "03/04/2025"], ["081120605197", "12/04/2025"]]
    assert "birth_date" not in targets("contacts", f"Telepon|{name}", rows)
    assert "birth_date" in targets("contacts", "Telepon|Kolom 2", rows)


@each("name", ["Tidak mau promo", "Tdk setuju promo", "Jangan kirim promo", "Stop promo", "Opt out", "Menolak promo"])
def test_a_yes_to_a_refusal_is_no_permission(name: str) -> None:
    assert "consent" not in targets("contacts", f"Telepon|{name}", [["081120605196", "Ya"], ["081120605197", "Ya"]])


@each("name", ["Setuju promo (ya/tidak)", "Setuju/Tidak", "Mau promo? Y/N", "Setuju (Y/T)"])
def test_the_other_answer_in_a_name_is_no_refusal(name: str) -> None:
    assert "consent" in targets("contacts", f"Telepon|{name}", [["081120605196", "Ya"], ["081120605197", "Tidak"]])


@each(
    ("columns", "expected"),
    [
        ("Nama Sales|HP Sales|Nama Pelanggan|HP Pelanggan", "field:nama_sales|field:hp_sales|name|phone"),
        ("Pelanggan|HP Kasir|HP", "name|field:hp_kasir|phone"),
        ("Nama Customer|Kontak Darurat|No WA", "name|field:kontak_darurat|phone"),
        ("Nama|No. WhatsApp (aktif)|Telp/HP", "name|phone|phone2"),
        ("Nama|WA 1|WA 2", "name|phone|phone2"),
        ("Nama|HP Istri|HP", "name|field:hp_istri|phone"),
    ],
)
def test_the_number_is_the_customers(columns: str, expected: str) -> None:
    names = ["Rudi Hartono", "Ani Santoso"]
    rows = []
    for person in range(3):
        cells = iter([*names] if columns.startswith("Nama Sales") else names[1:])
        rows.append(
            [
                next(cells) if column.split()[0] in {"Nama", "Pelanggan"} else f"08121000{place}00{person}"
                for place, column in enumerate(columns.split("|"))
            ]
        )
    assert targets("contacts", columns, rows) == expected.split("|")


@each(
    ("columns", "row", "expected"),
    [
        ("Nama Bunda|Nama Anak|WA Bunda|Tgl Lahir Anak", "Ayu|Rafa|081210000001|17/08/2020",
         "name|field:nama_anak|phone|field:tgl_lahir_anak"),
        ("Nama Ibu|Nama Bayi|HP", "Ayu|Rafa|081210000001", "name|field:nama_bayi|phone"),
        ("Nama Siswa|Nama Wali|HP Wali|Tgl Lahir Siswa", "Rafa|Ayu|081210000001|17/08/2015",
         "field:nama_siswa|name|phone|field:tgl_lahir_siswa"),
        ("Nama|HP|Email Suami", "Ayu|081210000001|budi@x.id", "name|phone|field:email_suami"),
    ],
)  # fmt: skip
def test_a_relative_is_another_person(columns: str, row: str, expected: str) -> None:
    assert targets("contacts", columns, [row.split("|"), row.split("|")]) == expected.split("|")


@each("name", ["Alamat", "Cabang", "Outlet", "Toko Asal"])
def test_the_town_of_something_else_is_not_the_persons(name: str) -> None:
    rows = [["Ayu Lestari", "081120605196", "Bandung"], ["Budi Hakim", "081120605197", "Surabaya"]]
    assert "city" not in targets("contacts", f"Nama|Telepon|{name}", rows)


@each(
    ("columns", "expected"),
    [
        ("No / No.|Nama / Name|No. HP / Phone|Kota / City|Tanggal Lahir / Date of Birth",
         "ignore|name|phone|city|birth_date"),
        ("NAMALENGKAP|NOHP|TGLLAHIR|ALAMATEMAIL", "name|phone|birth_date|email"),
    ],
)  # fmt: skip
def test_names_in_two_languages_and_names_without_spaces(columns: str, expected: str) -> None:
    rows = [["1", "Ayu", "081120605196", "Bandung", "17/08/1990"]] if columns.startswith("No /") else None
    assert targets("contacts", columns, rows) == expected.split("|")


def test_names_of_one_word_are_found_without_a_header() -> None:
    rows = [["Ayu", "081120605196", "Bandung"], ["Budi", "081120605197", "Solo"], ["Cici", "081120605198", "Medan"]]
    assert targets("contacts", "A|B|C", rows) == ["name", "phone", "city"]


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
    assert is_known_name("Nomor WA (contoh: 08123456789)")
    assert not any(
        map(
            is_known_name,
            [
                "no hp 081234567890",
                "WA: 0812-3456-7890",
                "Ani Santoso",
                "081120605196",
                "",
                "Gaya Nusantara",
                "x" * 500,
            ],
        )
    )


@each(
    ("described", "kind", "value"),
    product(
        ["Phone 1", "Telepon 1", "E-mail 2", "Address 1", "No HP", "Custom Field 1", "Event 1"],
        ["Label", "Type", "Tipe", "Jenis"],
        ["Mobile", "081210000001", "", "Home", "1990-01-01", "ani@contoh.id"],
    ),
)
def test_the_kind_of_another_column_is_no_data_of_a_person(described: str, kind: str, value: str) -> None:
    """Google's "Phone 1 - Label" says "Mobile". It is neither a phone nor a label of the person."""
    rows = [["Ani Santoso", value, "081210000001"], ["Budi Salim", value, "081210000002"]]
    for name in (f"{described} - {kind}", f"{kind} {described}"):
        assert targets("contacts", f"Nama|{name}|Phone 1 - Value", rows) == ["name", "ignore", "phone"]


@each(
    ("name", "numbers"),
    product(
        ["ID", "Id.", "Kode", "code"], [["1", "2", "3"], ["3", "2", "1"], ["201", "202", "203"], ["001", "002", "003"]]
    ),
)
def test_the_number_of_a_row_is_no_customer_code(name: str, numbers: list[str]) -> None:
    """In the next file it belongs to other people, for example in the exports of Microsoft Forms."""
    rows = [[number, "Ani", f"08121000000{number[-1]}"] for number in numbers]
    assert targets("contacts", f"{name}|Nama|HP", rows)[0] != "code"
    assert targets("contacts", "Kode Pelanggan|Nama|HP", rows)[0] == "code"


@each("code", ["A1|A2|A3", "7|19|44", "1001|1003|1004"])
def test_codes_that_do_not_count_rows_are_customer_codes(code: str) -> None:
    rows = [[one, "Ani", f"08121000000{place}"] for place, one in enumerate(code.split("|"))]
    assert targets("contacts", "ID|Nama|HP", rows)[0] == "code"


@each(
    ("columns", "row", "expected"),
    [
        ("Nama|Nama Belakang|HP", "Ani|Santoso", "first_name|last_name|phone"),
        ("Name|Surname|Phone", "Ani|Santoso", "first_name|last_name|phone"),
        ("Forename|Surname|Phone", "Ani|Santoso", "first_name|last_name|phone"),
        ("fname|lname|mobile_no", "Ani|Santoso", "first_name|last_name|phone"),
        ("Full Name|Last Name|Phone", "Ani Santoso|Santoso", "name|last_name|phone"),
        ("Nama Lengkap|Panggilan|HP", "|Ani", "ignore|name|phone"),
        ("Nama Lengkap|Panggilan|HP", "Ani Santoso|Ani", "name|field:panggilan|phone"),
    ],
)
def test_all_parts_of_a_name_make_the_name(columns: str, row: str, expected: str) -> None:
    rows = [[*row.split("|"), f"08121000000{place}"] for place in range(3)]
    assert targets("contacts", columns, rows) == expected.split("|")


@each("place", ["Outlet", "Cabang", "Gerai", "Toko"])
def test_the_number_of_a_branch_joins_no_customers(place: str) -> None:
    rows = [["Mawar Indah", "Ani Santoso", "021 5550123", f"08121000000{person}"] for person in range(3)]
    found = targets("contacts", f"Nama {place}|Nama Pelanggan|Telepon {place}|Telepon Pelanggan", rows)
    assert found == [f"field:nama_{place.lower()}", "name", f"field:telepon_{place.lower()}", "phone"]
