"""Headers of one and of two rows, and rows around them that are no records."""

import io

import pytest
from openpyxl import Workbook
from tests.cases import each

from wabolt.lib.tables import TableError, open_table
from wabolt.lib.tables.lists import is_chat
from wabolt.lib.tests.workbook_files import xlsx

ANI = "Ani;081211110001;Bandung"
BUDI = "Budi;081211110002;Solo"


def _read(text: str | bytes) -> tuple[list[str], list[list[str]]]:
    with open_table(io.BytesIO(text.encode() if isinstance(text, str) else text)) as table:
        return table.columns, [row for _number, row in table.rows()]


@each(
    ("header", "columns"),
    [
        ("PELANGGAN;;\nNama;HP;Kota", ["Nama", "HP", "Kota"]),
        ("Data Diri;;Lain\nNama;HP;Kota", ["Nama", "HP", "Kota"]),
        ("Nama;Kontak;Kota\n;HP;", ["Nama", "Kontak", "Kota"]),  # a record without a name, not a second row of names
        ("Nama;Kontak;\n;HP;Kota", ["Nama", "HP", "Kota"]),
        ("Laporan;\nNama;Kontak;\n;HP;Kota", ["Nama", "HP", "Kota"]),
        ("Toko Mawar;Oktober;\nNama;HP;Kota", ["Nama", "HP", "Kota"]),
        ("Nama;;Kota", ["Nama", "B", "Kota"]),
    ],
)
def test_a_header_may_have_two_rows(header: str, columns: list[str]) -> None:
    found, rows = _read(f"{header}\n{ANI}\n{BUDI}\n")
    assert found == columns
    assert rows[-2:] == [ANI.split(";"), BUDI.split(";")]


@each("first", ["Pembeli", "Penerima"])
def test_a_name_that_two_groups_have_is_completed_with_its_group(first: str) -> None:
    second = {"Pembeli": "Penerima", "Penerima": "Pembeli"}[first]
    columns, rows = _read(f"No;{first};;{second};\n;Nama;HP;Nama;HP\n1;Ani;081211110001;Budi;081211110002\n")
    assert columns == ["No", f"Nama {first}", f"HP {first}", f"Nama {second}", f"HP {second}"]
    assert len(rows) == 1


def test_merged_cells_of_a_workbook_make_one_header() -> None:
    rows = [
        ["DAFTAR PELANGGAN", None, None, None],
        ["No", "Nama", "Kontak", None],
        [None, None, "HP", "Email"],
        [1, "Ani", "081211110001", "a@x.id"],
        [2, "Budi", "081211110002", None],
    ]
    columns, found = _read(xlsx(rows, "Data"))
    assert columns == ["No", "Nama", "HP", "Email"]
    assert found == [["1", "Ani", "081211110001", "a@x.id"], ["2", "Budi", "081211110002", ""]]


@each(
    "described",
    [
        "Name;Phone;City",
        "(1);(2);(3)",
        "1;2;3",
        "wajib diisi;wajib, contoh 08123456789;opsional",
        "Required;Required;",
        "Contoh: Budi;08123456789;Bandung",
        "(Contoh);08123456789;Bandung",
    ],
)
def test_a_row_about_the_columns_is_no_person(described: str) -> None:
    assert _read(f"Nama;HP;Kota\n{described}\n{ANI}\n{BUDI}\n")[1] == [ANI.split(";"), BUDI.split(";")]


@each("person", ["Contoh Wibowo;081211110003;Solo", "1;081211110003;3", "Kota;081211110003;Format"])
def test_a_person_below_the_header_stays(person: str) -> None:
    assert len(_read(f"Nama;HP;Kota\n{person}\n{ANI}\n{BUDI}\n")[1]) == 3


@each("person", ["Max;081211110003", "Maks;ani@toko.id", "Format Jaya;(021) 555 0123"])
def test_a_person_whose_name_is_a_hint_stays(person: str) -> None:
    assert len(_read(f"Nama;Kontak\n{person}\nAni;081211110001\nBudi;081211110002\n")[1]) == 3


def test_the_header_of_each_printed_page_is_no_person() -> None:
    with open_table(io.BytesIO(f"Nama;HP;Kota\n{ANI}\nNama;HP;Kota\n{BUDI}\n".encode())) as table:
        assert [number for number, _row in table.rows()] == [2, 4]
        assert [row[:2] for row in table.skipped] == [(3, "header")]


def test_numbers_in_one_line_are_one_number_each() -> None:
    numbers = ["+62 812-1111-0001", "+62 813-1111-0002", "Budi", "+62 857-1111-0003", "081211110004", "081211110005"]
    assert _read(", ".join(numbers))[1] == [[number] for number in numbers]
    assert len(_read("Ani, 081211110001, Bandung")[1]) == 1


@each(
    "line",
    [
        "27/11/26 10.02 - Ani: Halo",
        "27/11/2026, 10:02 - Ani: Halo",
        "[27/11/26, 10:02:11] Ani: Halo",
        "\u200e[27/11/26 10.02.11] ~ Ani: Halo",
        "11/27/26, 10:02\u202fAM - Ani: Hi",
    ],
)
def test_an_exported_chat_is_named(line: str) -> None:
    assert is_chat(f"{line}\nbaris kedua\n{line}\n")
    with pytest.raises(TableError) as refused:
        _read(f"{line}, 081211110001\n" * 3)
    assert refused.value.params == {"found": "chat"}
    assert not is_chat("Tanggal;Nama\n27/11/26 10.02;Ani\n28/11/26 10.02;Budi\n")


def test_the_sheet_with_people_is_read_although_figures_come_first() -> None:
    book = Workbook()
    book.active.title = "Rekap"
    for row in (["Kota", "Jumlah"], ["Bandung", 10]):
        book.active.append(row)
    people = book.create_sheet("Pelanggan")
    for row in (["Nama", "No WA"], ["Ani", "081211110001"]):
        people.append(row)
    file = io.BytesIO()
    book.save(file)
    with open_table(file) as table:
        assert table.sheet == "Pelanggan"
