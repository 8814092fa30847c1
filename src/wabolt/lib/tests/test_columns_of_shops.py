"""Guesses of columns in the lists and exports of shops of every kind. Each table has one rule."""

from itertools import product

from tests.cases import each

from wabolt.lib.columns import Kind, guess_mapping

PEOPLE = [
    ("Ani Santoso", "081234567890"), ("Budi Hakim", "081234567891"), ("Cici Lestari", "081234567892"),
    ("Dedi Wahyu", "081234567893"),
]  # fmt: skip


def _targets(kind: Kind, columns: str, rows: list[list[str]]) -> list[str]:
    return [guess.target for guess in guess_mapping(kind, columns.split("|"), rows).values()]


def _third(name: str, *values: str) -> str:
    """Returns the target of a column next to name and number, with these values in turn."""
    rows = [[*person, values[place % len(values)]] for place, person in enumerate(PEOPLE)]
    name_target, phone_target, target = _targets("contacts", f"Nama|HP|{name}", rows)
    assert (name_target, phone_target) == ("name", "phone")
    return target


@each(
    "name",
    [
        "Bersedia hadir di acara?", "Bersedia jadi reseller?", "Setuju harga baru", "Izin orang tua", "Ijin suami",
        "Persetujuan suami", "Berlangganan newsletter", "Subscribe YouTube?", "Setuju data pribadi disimpan",
        "Saya setuju data saya diproses sesuai UU PDP", "Bersedia ditempatkan di luar kota", "Setuju menjadi member",
        "Bersedia difoto / direkam", "Bersedia memberi testimoni", "Tidak bersedia hadir", "Parental consent",
        "Berlangganan catering",
    ],
)  # fmt: skip
def test_a_yes_to_something_else_says_nothing_about_promotions(name: str) -> None:
    assert _third(name, "Ya", "Tidak").startswith("field:")


@each(
    "name",
    [
        "Apakah Kakak bersedia menerima info promo lewat WhatsApp?", "Bersedia dikirimi broadcast WA", "Setuju?",
        "Saya bersedia menerima informasi terbaru", "Apakah Anda setuju?", "Bersedia", "Izin kirim promo WA",
        "Opt-in WhatsApp", "Marketing opt in", "Setuju terima promo & diskon", "Persetujuan pelanggan",
        "Sudah setuju (Y/T)", "Bersedia dihubungi untuk penawaran", "Subscribed",
        "Dengan ini saya setuju menerima pesan",
    ],
)  # fmt: skip
def test_a_yes_to_messages_is_a_permission(name: str) -> None:
    assert _third(name, "Ya", "Tidak") == "consent"


@each(("name", "values"), [("Ukuran", "M L L M"), ("Size Baju", "L M"), ("Kolom X", "L L M")])
def test_sizes_of_clothes_are_no_gender(name: str, values: str) -> None:
    assert _third(name, *values.split()) != "gender"


@each(("name", "values"), [("Sapaan", "Ibu Bapak"), ("Kolom X", "P L"), ("Kolom X", "Pria Wanita")])
def test_a_gender_is_found_by_its_values(name: str, values: str) -> None:
    assert _third(name, *values.split()) == "gender"


@each(
    ("columns", "row"),
    [
        ("Nama Hewan|Nama Pemilik|No HP", "Mochi"), ("Nama Dokter|Nama Pasien|No HP", "Rina"),
        ("Nama Terapis|Nama Klien|HP", "Rina"), ("Nama Usaha|Nama Pemilik|No WA", "Toko A"),
        ("Nama Instagram|Nama|WA", "ani.batik"), ("Nama Akun|Nama Lengkap|WA", "ani"),
        ("Nama Perusahaan|PIC|No HP", "PT A"), ("Perusahaan|Contact Person|Telepon", "PT A"),
        ("Nama Kelas|Nama Peserta|HP", "Yoga"), ("Nama Guru|Nama Pelanggan|HP", "Joko"),
        ("Nama Event|Atas Nama|HP", "Bazar"), ("Supplier|Konsumen|Telp", "PT A"),
    ],
)  # fmt: skip
def test_the_person_is_the_customer(columns: str, row: str) -> None:
    rows = [[f"{row} {place}", *person] for place, person in enumerate(PEOPLE)]
    found = _targets("contacts", columns, rows)
    assert found[0].startswith("field:")
    assert found[1:] == ["name", "phone"]


@each("column", ["Peserta", "Anggota", "Pasien", "Klien", "Konsumen", "Pemilik", "Nama Tamu", "PIC"])
def test_every_word_for_a_customer_names_the_person(column: str) -> None:
    assert _targets("contacts", f"{column}|HP", [["Ani", "081234567890"], ["Budi", "081234567891"]])[0] == "name"


@each(
    ("column", "values"),
    [
        ("Alamat", "Jalan Mawar Bandung|Jalan Melati Solo|Gang Kenanga Medan"),
        ("Pekerjaan", "Ibu Rumah Tangga|Pegawai Negeri Sipil|Guru Sekolah Dasar"),
        ("Keluhan", "Kulit kering|Jerawat parah|Rambut rontok"),
        ("Hobi", "Main bola|Baca buku|Naik sepeda"),
        ("Produk Favorit", "Batik Tulis|Kain Tenun|Batik Cap"),
        ("Golongan", "Kelas Satu|Kelas Satu|Kelas Dua|Kelas Satu"),
    ],
)  # fmt: skip
def test_words_about_a_person_are_no_name(column: str, values: str) -> None:
    rows = [[f"08123456789{place}", value] for place, value in enumerate(values.split("|"))]
    assert _targets("contacts", f"No HP|{column}", rows) == ["phone", f"field:{column.lower().replace(' ', '_')}"]


@each(("values", "target"), [("Bandung|Solo|Medan", "city"), ("Instagram|Teman|Brosur", "source")])
def test_the_origin_of_a_person_is_a_town_or_a_source(values: str, target: str) -> None:
    assert _third("Asal", *values.split("|")) == target


@each("column", ["#", "No", "No.", "No. Urut", "A", "", "Kolom 1"])
def test_running_numbers_are_left_out(column: str) -> None:
    rows = [[str(number), *person] for number, person in enumerate(PEOPLE, 1)]
    assert _targets("contacts", f"{column}|Nama|HP", rows) == ["ignore", "name", "phone"]


@each(("column", "amount"), product([
        "Harga Modal", "Harga Beli", "HPP", "Laba", "Total Modal", "Total Laba", "Total Pajak", "Saldo",
        "Nominal Transfer", "Nilai Rating", "DP", "Kurang", "Sisa", "Total Biaya", "Komisi", "Total Hutang",
    ], ["Total", "Total Belanja", "Harga"]))  # fmt: skip
def test_costs_and_debts_are_not_the_price(column: str, amount: str) -> None:
    rows = [[str(n), "31/10/2026", *person, f"{n}000", f"{n}60000"] for n, person in enumerate(PEOPLE, 1)]
    found = _targets("orders", f"No Order|Tanggal|Nama|HP|{column}|{amount}", rows)
    assert found == ["number", "ordered_at", "name", "phone", "ignore", "unit_price" if amount == "Harga" else "total"]


@each(
    ("other", "day"),
    [
        ("Tanggal Jatuh Tempo", "Tanggal"), ("Delivered Date", "Create Time"), ("Pickup Date", "Purchased On"),
        ("Tgl Kirim", "Tgl Pemesanan"), ("Selesai", "Dibuat"), ("Estimasi Tiba", "Tgl Nota"),
    ],
)  # fmt: skip
def test_the_day_of_an_order_is_the_day_on_which_it_was_made(other: str, day: str) -> None:
    rows = [[str(n), "02/11/2026", "31/10/2026", *person, "60000"] for n, person in enumerate(PEOPLE, 1)]
    found = _targets("orders", f"No Order|{other}|{day}|Nama|HP|Total", rows)
    assert found == ["number", "ignore", "ordered_at", "name", "phone", "total"]


@each("name", ["Jumlah Bayar", "Jumlah Pembayaran", "Jumlah Tagihan", "Jumlah Uang"])
def test_a_number_of_rupiah_is_no_number_of_pieces(name: str) -> None:
    rows = [[str(n), "31/10/2026", *person, "60000"] for n, person in enumerate(PEOPLE, 1)]
    assert _targets("orders", f"No Order|Tanggal|Nama|HP|{name}", rows)[-1] == "total"


def test_a_second_table_next_to_the_first_one_has_no_second_numbers() -> None:
    rows = [["Ani", "081234567890", "", "Budi", "081234567891"], ["Cici", "081234567892", "", "Dedi", "081234567893"]]
    found = _targets("contacts", "Nama|HP|C|Nama (2)|HP (2)", rows)
    assert found == ["name", "phone", "ignore", "field:nama_2", "field:hp_2"]
    assert _targets("contacts", "Nama|HP|HP (2)", [row[:2] + row[4:] for row in rows]) == ["name", "phone", "phone2"]


def test_a_column_of_amounts_that_were_paid_back() -> None:
    amounts, words, days = ("20.000", "-5000", ""), ("Ya", "Tidak", "Ya"), ("01/11/2026", "", "")
    for name, cells, target in (
        ("Total Refund", amounts, "refunded"), ("Refunded Amount", amounts, "refunded"),
        ("Pengembalian Dana", amounts, "refunded"), ("Refund", words, "ignore"), ("Refund", days, "ignore"),
        ("Alasan Refund", words, "ignore"), ("Tanggal Refund", days, "ignore"),
    ):  # fmt: skip
        rows = [
            [str(n), "31/10/2026", *person, "60000", cell]
            for n, (person, cell) in enumerate(zip(PEOPLE, cells, strict=False), 1)
        ]
        assert _targets("orders", f"No Order|Tanggal|Nama|HP|Total|{name}", rows)[-1] == target, (name, cells)


def test_the_total_of_woocommerce_is_the_one_without_refunds() -> None:
    names = "Order Number|Order Status|Order Date|Phone (Billing)|Order Total Amount|Order Total Amount (- Refund)"
    rows = [["1", "Completed", "2026-10-31", "081234567890", "150000", "75000"]]
    assert _targets("orders", names, rows) == ["number", "status", "ordered_at", "phone", "ignore", "order_total"]
