"""Text tables of any encoding and delimiter are read completely or refused with a reason."""

import csv
import io
import os
import random
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.tables import Limits, Table, TableError, open_table

PEOPLE = "Nama;No HP;Kota\nAni;081298948786;Bandung\nBudi;081298948787;Jakarta\n"


def table(content: bytes | str, limits: Limits | None = None) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return open_table(io.BytesIO(data), limits=limits or Limits())


def cells(content: bytes | str) -> list[list[str]]:
    with table(content) as opened:
        return [row for _, row in opened.rows()]


def refusal(content: bytes | str, limits: Limits | None = None) -> TableError:
    with pytest.raises(TableError) as caught:
        list(table(content, limits).rows())
    return caught.value


def test_the_shop_s_contacts_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "kontak.csv"
    path.write_bytes(
        "Nama Lengkap;No. HP / WA;Kota;JK;Tgl Lahir;Setuju Promo?;Sumber;Kode Pelanggan;Catatan\r\n"
        "ani santoso;0813.8779.7397;Medan;wanita;26686;setuju;instagram;06904;\"=HYPERLINK(\"\"http://x\"\")\"\r\n"
        '  Ucok Hidayat; 085229165499 ;SBY;l;23-05-1974;Ya;website;18637;"minta dikabari\nkalau ada diskon"\r\n'
        "Siti 🌸;wa: 081284906046;JAKARTA;P;;setuju;teman;12901;\"suka batik; warna merah\"\r\n".encode("utf-8-sig")
    )  # fmt: skip
    with open_table(path) as opened:
        assert (opened.kind, opened.encoding, opened.delimiter, opened.header_row) == ("csv", "utf-8", ";", 1)
        assert opened.columns[0] == "Nama Lengkap"
        assert opened.sample(1) == [
            (2, ["ani santoso", "0813.8779.7397", "Medan", "wanita", "26686", "setuju", "instagram", "06904",
                 '=HYPERLINK("http://x")'])
        ]  # fmt: skip
        rows = dict(opened.rows())
        assert rows[3][-1] == "minta dikabari\nkalau ada diskon"
        assert rows[4][-1] == "suka batik; warna merah"
        assert list(rows) == [2, 3, 4]
        assert list(opened.rows()) == list(opened.rows())


@each(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("ascii", "utf-8"),
    ],
)
def test_every_encoding_is_found(encoding: str, found: str) -> None:
    name = "Ani" if encoding == "ascii" else "José Café"
    content = f"Nama;Kota\n{name};Bandung\n".encode(encoding)
    with table(content) as opened:
        assert opened.encoding == found
        assert opened.columns == ["Nama", "Kota"]
        assert list(opened.rows()) == [(2, [name, "Bandung"])]


def test_two_encodings_in_one_file_are_both_read() -> None:
    assert cells("Nama;Kota\nÇa 🌸;x\n".encode() + "René;y\n".encode("cp1252")) == [["Ça 🌸", "x"], ["René", "y"]]


def test_a_late_byte_decides_the_encoding() -> None:
    rows = b"Nama;Kota\n" + b"Ani;Bandung\n" * 50_000 + b"Ren\xe9;Bandung\n"
    with table(rows) as opened:
        assert opened.encoding == "cp1252"
        assert list(opened.rows())[-1] == (50_002, ["René", "Bandung"])


@each("sign", [";", ",", "\t", "|"])
def test_the_delimiter_is_the_sign_that_parts_the_header_too(sign: str) -> None:
    rows = [
        ["Nama", "Alamat", "HP"],
        ["Ani", "Jl. Braga 3, Bandung; lt. 2", "08129"],
        ["Budi, SE", "Jl. A | B, C", "08128"],
    ]
    content = "\n".join(sign.join(f'"{cell}"' if sign in cell else cell for cell in row) for row in rows)
    with table(content) as opened:
        assert opened.delimiter == sign
        assert opened.columns == rows[0]
        assert [row for _, row in opened.rows()] == rows[1:]


def test_a_single_column_is_not_parted_at_its_commas() -> None:
    with table("No HP\n081298948786\n081298948787, rumah\n") as opened:
        assert (opened.delimiter, opened.columns) == ("", ["No HP"])
        assert [row for _, row in opened.rows()] == [["081298948786"], ["081298948787, rumah"]]


def test_decimal_commas_are_no_delimiter() -> None:
    assert cells("produk;harga;berat\nA;1,5;2,5\nB;2,5;3,5\n") == [["A", "1,5", "2,5"], ["B", "2,5", "3,5"]]


def test_excel_s_own_first_line_names_the_delimiter_and_does_not_count() -> None:
    with table("sep=|\r\nNama|HP\r\nAni, SE|0812\r\n") as opened:
        assert (opened.delimiter, opened.header_row) == ("|", 1)
        assert list(opened.rows()) == [(2, ["Ani, SE", "0812"])]


@each("sign", [" ", '"', "a", "\r", "é"])
def test_a_sign_that_parts_nothing_is_not_taken_for_a_delimiter(sign: str) -> None:
    # Python from 3.13 on refuses some of them outright.
    with table(f'sep={sign}\r\nNama;HP\r\nAni, SE;0812 "x"\r\n') as opened:
        assert (opened.delimiter, opened.columns) == (";", ["Nama", "HP"])


def test_a_space_before_a_quote_belongs_to_the_delimiter() -> None:
    assert cells('nama, hp\n"Ani, SE", "0812"\n"Budi", "0813"\n') == [["Ani, SE", "0812"], ["Budi", "0813"]]


@each("newline", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(newline: str) -> None:
    assert cells(PEOPLE.replace("\n", newline)) == cells(PEOPLE)


def test_a_title_above_and_a_total_below_are_no_rows() -> None:
    content = f"LAPORAN PELANGGAN\n\nToko: Gaya Nusantara;;\n{PEOPLE}\n;;\nTOTAL;2;\nJumlah : ;;Rp 3.000\n"
    content += "JUMLAH;;Rp2.500.000,-\nTotal  Bayar;;2500000\nJml =;2;\nSub-total;2;\n"
    with table(content) as opened:
        assert opened.header_row == 4
        assert [number for number, _ in opened.rows()] == [5, 6]
        assert [row[:2] for row in opened.skipped] == [(number, "total") for number in range(9, 15)]
        assert opened.totals == ["Sub-total", "2", ""]


def test_a_person_called_total_and_a_subtotal_between_rows_stay() -> None:
    content = PEOPLE + "Total;081298948788;Solo\nSubtotal;2;\nCici;081298948789;Solo\nTotal Bangunan;;\n"
    with table(content) as opened:
        assert [row[0] for _, row in opened.rows()] == ["Ani", "Budi", "Total", "Subtotal", "Cici", "Total Bangunan"]
        assert opened.skipped == []


def test_a_file_without_header_has_letters_for_names() -> None:
    with table("Ani;081298948786;Bandung\nBudi;081298948787;Jakarta\n") as opened:
        assert (opened.header_row, opened.columns) == (0, ["A", "B", "C"])
        assert [number for number, _ in opened.rows()] == [1, 2]


def test_a_header_that_leaves_columns_without_a_name_is_no_title() -> None:
    with table("Nama;HP;;;\nAni;081298948786;x;y;z\nBudi;081298948787;x;y;z\n") as opened:
        assert (opened.header_row, opened.columns) == (1, ["Nama", "HP", "C", "D", "E"])
    with table("Nama;HP\nAni;081298948786;x;y\n") as opened:
        assert (opened.header_row, len(list(opened.rows()))) == (1, 1)
    with table("Data;;Kontak;\nNama;Kota;HP;Email\nAni;Solo;081298948786;a@b.co\n") as opened:
        assert opened.header_row == 2


def test_columns_have_unique_names() -> None:
    with table("nama;Nama;;hp;\nA;B;C;081298948786;E\n") as opened:
        assert opened.columns == ["nama", "Nama (2)", "C", "hp", "E"]


def test_short_rows_are_filled_and_long_rows_show_that_they_are() -> None:
    with table("Nama;No HP;Kota\nAni\nBudi;0812;Solo;;\nCici;0813;Solo;lebih\n") as opened:
        assert [row for _, row in opened.rows()] == [
            ["Ani", "", ""],
            ["Budi", "0812", "Solo"],
            ["Cici", "0813", "Solo", "lebih"],
        ]


def test_blank_rows_are_left_out_but_counted() -> None:
    with table("Nama;No HP\n\n;;\nAni;0812\n   ;\nBudi;0813\n") as opened:
        assert [number for number, _ in opened.rows()] == [4, 6]


def test_line_breaks_in_cells_do_not_count_as_rows() -> None:
    with table('Nama;Catatan\nAni;"a\nb\nc"\nBudi;"d\r\ne"\nCici;f\n') as opened:
        assert [number for number, _ in opened.rows()] == [2, 3, 4]


@each("content", [b"", b"\xef\xbb\xbf", b"\n\n  \n", b";;;\n;;;\n", "\n".encode("utf-16")])
def test_an_empty_file_is_said_to_be_empty(content: bytes) -> None:
    assert refusal(content).code == "empty"


@each(
    ("content", "found"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "png"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "jpeg"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "gzip"),
        (b"<!DOCTYPE html><html><table><tr><td>Nama", "html"),
        (b"\xef\xbb\xbf\n<table><tr><td>Nama</td>", "html"),
        (b'<?xml version="1.0"?><Workbook/>', "xml"),
        (b'[{"nama": "Ani"}]', "json"),
        (b"halo ini catatan saya\nbukan tabel\nsatu dua tiga empat\n", "prose"),
        ("Kak, tolong kirim stok 3 karton ke gudang\n\nTerima kasih ya kak\n".encode("utf-16"), "prose"),
        (random.Random(1).randbytes(50_000), "binary"),
        (bytes(10_000), "binary"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, found: str) -> None:
    error = refusal(content)
    assert (error.code, error.params) == ("not_a_table", {"found": found})


@each(
    "content",
    [
        "0812 3456 7890\n0813 1234 5678\n",
        "Nama pelanggan toko\nAni Putri Dewi\n",
        "A01\nA02\n",
        "Nama\nAni dari Bandung\n",
    ],
)
def test_a_list_of_one_column_is_a_table(content: str) -> None:
    with table(content) as opened:
        assert len(opened.columns) == 1


def test_a_list_of_one_column_with_a_huge_cell_is_refused() -> None:
    lines = "No HP\n081298948786\n"
    assert refusal(lines + '"' + "x\n" * 100_000 + '"\n').code == "cell_too_large"


def test_a_million_columns_are_refused_at_once() -> None:
    content = b"a," * 1_000_000 + b"b\n" + b"1," * 1_000_000 + b"2\n"
    tracemalloc.start()
    error = refusal(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (error.code, error.params["limit"]) == ("too_many_columns", 1_000)
    assert peak < 20_000_000
    assert refusal(b"a," * 100_000 + b"b\n").code == "too_many_columns"
    assert refusal(b"a,b\n" * 2_000 + b"x," * 2_000 + b"y\n").code == "too_many_columns"


def test_a_line_or_a_cell_without_end_is_refused() -> None:
    assert refusal(b"a" * 5_000_000).code == "cell_too_large"
    assert refusal(PEOPLE.encode() + b"Ani;" + b"x" * 2_000_000).params == {"row": 4}
    error = refusal(PEOPLE + 'Ani;"' + "x" * 200_000 + '";y\n')
    assert (error.code, error.params) == ("cell_too_large", {"row": 4})


def test_nul_bytes_are_refused_with_their_place() -> None:
    error = refusal(PEOPLE.encode() * 300 + b"A\0;2;3\n")
    assert (error.code, error.params) == ("nul_bytes", {"row": 901})
    assert refusal((PEOPLE + "A\0;2;3\n").encode("utf-16")).code == "nul_bytes"


@each(
    "content",
    [
        PEOPLE + '"Cici;0814;Solo\n' + "Dedi;0815;Solo\n" * 5,
        PEOPLE + 'Cici;0814;"Solo\nDedi;0815;Solo\n',
        PEOPLE + '"Cici;0814;Solo\nDedi;0815;Solo\nEko;0816;"Solo"\n',
        PEOPLE + '"Cici;0814;Solo\nDedi "D";0815;Solo\n',
        PEOPLE + 'Cici;"0814;Solo\nDedi;0815;TV 32"\nEko;0816;Solo\n',
        "Nama;No HP\nAni;0812\nBudi;0813\n" + '"Cici;0814\nDedi;0815\nEko "E";0816\n',
        'No HP\n0812\n0813\n"0814\n0815\n"0816"\n',
    ],
)
def test_a_quote_that_is_never_closed_swallows_nothing_in_silence(content: str) -> None:
    error = refusal(content)
    assert (error.code, error.params) == ("unclosed_quote", {"row": 4})


def test_notes_of_many_lines_are_no_open_quote() -> None:
    assert cells('Nama;HP;Catatan\nAni;0812;"suka: batik;\nwarna merah;\nukuran M"\n')[0][2].count("\n") == 2
    assert cells('Nama;HP;Catatan\nAni;0812;"baris terakhir\n"\n') == [["Ani", "0812", "baris terakhir\n"]]
    assert cells('HP,Alamat\n0812,"Jl. Braga 3, lt. 2\nBandung, Jawa Barat"\n')[0][1].count(",") == 2
    assert cells('Nama;HP;Catatan\nAni;0812;"kata ""ya; mau""\nlalu; tidak"\n')[0][2].count('"') == 2


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    error = refusal(PEOPLE, Limits(max_bytes=50))
    assert (error.code, error.params) == ("too_large", {"limit": 50, "size": len(PEOPLE)})


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    line = b"Budi Santoso;081298948786;Jakarta;P;1990-01-01;ya;kasir;00001;suka batik;x\n"
    path.write_bytes(b"Nama;No HP;Kota;JK;Lahir;Setuju;Sumber;Kode;Catatan;Label\n" + line * 40_000)
    tracemalloc.start()
    with open_table(path) as opened:
        rows = opened.rows()
        next(rows)
        assert 0 <= opened.progress < 0.2
        assert sum(1 for _ in rows) == 39_999
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_the_caller_s_file_stays_open_and_can_be_read_again() -> None:
    file = io.BytesIO(PEOPLE.encode())
    with open_table(file) as opened:
        assert len(list(opened.rows())) == 2
        assert next(opened.rows())[0] == 2
    assert not file.closed
    assert len(cells(file.getvalue())) == 2


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)


@given(st.lists(st.tuples(words, words, words), min_size=1, max_size=8), st.sampled_from([";", ",", "\t", "|"]))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[tuple[str, str, str]], sign: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=sign, quoting=csv.QUOTE_ALL).writerows(
        [("Nama", "No HP", "Kota"), *rows, ("Ani", "08", "")]
    )
    expected = [list(row) for row in rows if any(cell.strip() for cell in row)]
    assert cells(file.getvalue())[:-1] == expected


@given(st.one_of(st.binary(max_size=400), st.text('ab;,\t\n\r"0|\0é', max_size=200).map(str.encode)))
def test_any_bytes_are_a_table_or_an_error(content: bytes) -> None:
    with suppress(TableError), table(content) as opened:
        for number, row in opened.rows():
            assert number > opened.header_row
            assert len(row) >= len(opened.columns)
            assert "\0" not in "".join(row)


def test_a_path_that_is_no_file_is_an_os_error(tmp_path: Path) -> None:
    opening: list[Callable[[], Table]] = [
        lambda: open_table(tmp_path / "none.csv"),
        lambda: open_table(os.fspath(tmp_path)),
    ]
    for opened in opening:
        with pytest.raises(OSError, match=r"none|directory"):
            opened()
