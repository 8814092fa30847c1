"""Other formats: HTML and XML named .xls, vCards, and workbooks of unusual structure."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tests.cases import each

from wabolt.lib.tables import TableError, open_table
from wabolt.lib.tests.workbook_files import xlsx
from wabolt.lib.workers.markup import _html_tables
from wabolt.lib.workers.vcards import _cards, _unfolded

HEADER = ["Nama", "No HP", "Kota"]


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def renamed(workbook: bytes, rename: dict[str, str] | None = None, backslash: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo("x")
            entry.filename = (rename or {}).get(name, name.replace("/", "\\") if backslash else name)
            target.writestr(entry, source.read(name))
    return file.getvalue()


HTML = (
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"><style>td{a:b}</style></head>'
    "<body><table><tr><td>Laporan</td></tr></table><table border=1><thead><tr><th>Nama<th>No HP<th>Kota</thead>"
    "<tr><td>Ani &amp; Co</td><td style=\"mso-number-format:'\\@'\">081211110001</td><td>Kota<br>Bandung</td></tr>"
    "<tr><td colspan=2>Budi</td><td>Solo</td></tr></table></body></html>"
)
XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Kontak"><Table>'
    '<Row><Cell><Data ss:Type="String">Nama</Data></Cell><Cell><Data ss:Type="String">No HP</Data></Cell>'
    '<Cell><Data ss:Type="String">Lahir</Data></Cell></Row>'
    '<Row ss:Index="3"><Cell><Data ss:Type="String">Ani</Data></Cell><Cell ss:Index="3">'
    '<Data ss:Type="DateTime">1990-01-02T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@each("encode", ["utf-8", "utf-8-sig", "utf-16"])
def test_html_called_xls_is_read(encode: str) -> None:
    with open_table(io.BytesIO(HTML.replace("utf-8", encode.removesuffix("-sig")).encode(encode))) as table:
        assert (table.kind, table.columns) == ("html", HEADER)
        assert list(table.rows()) == [(2, ["Ani & Co", "081211110001", "Kota\nBandung"]), (3, ["Budi", "", "Solo"])]


def test_xml_of_excel_2003_is_read() -> None:
    with open_table(io.BytesIO(XML_2003.encode())) as table:
        assert (table.kind, table.sheet, table.columns) == ("xml", "Kontak", ["Nama", "No HP", "Lahir"])
        assert list(table.rows()) == [(3, ["Ani", "", "1990-01-02"])]


@each(
    "workbook",
    [
        renamed(xlsx([HEADER, ["Ani", "0812", "Solo"]]), backslash=True),
        renamed(xlsx([HEADER, ["Ani", "0812", "Solo"]]), {"xl/workbook.xml": "XL/Workbook.xml"}),
    ],
)
def test_odd_names_of_members_that_the_reader_knows_are_no_obstacle(workbook: bytes) -> None:
    with open_table(io.BytesIO(workbook)) as table:
        assert (table.kind, list(table.rows())) == ("xlsx", [(2, ["Ani", "0812", "Solo"])])


def test_a_sheet_of_instructions_in_front_is_passed_over_and_the_choice_remains() -> None:
    book = Workbook()
    book.active.title = "Petunjuk"
    for line in ("Cara mengisi template ini", "1. Isi kolom di sheet sebelah", "2. Jangan ubah judul kolom"):
        book.active.append([line])
    page = book.create_sheet("Data Pelanggan")
    page.append(HEADER)
    page.append(["Ani", "081211110001", "Solo"])
    with open_table(io.BytesIO(saved(book))) as table:
        assert (table.sheet, table.sheets, table.columns) == ("Data Pelanggan", ["Petunjuk", "Data Pelanggan"], HEADER)
    with open_table(io.BytesIO(saved(book)), sheet="Petunjuk") as table:
        assert table.sheet == "Petunjuk"


def test_days_that_count_from_1904_are_told() -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["Nama", "Lahir", "Tanggal"])
    book.active.append(["Ani", 31_412, date(1990, 1, 2)])
    with open_table(io.BytesIO(saved(book))) as table:
        assert (table.date_1904, list(table.rows())) == (True, [(2, ["Ani", "31412", "1990-01-02"])])


def test_formulas_without_a_stored_value_are_counted() -> None:
    book = Workbook()
    book.active.append(["Nama", "Harga", "Total"])
    for number in (2, 3):
        book.active.append(["Ani", 5, f"=B{number}*2"])
    with open_table(io.BytesIO(saved(book))) as table:
        assert table.formulas == {2: 2}
    with open_table(io.BytesIO(xlsx([HEADER, ["Ani", "0812", "Solo"]]))) as table:
        assert table.formulas == {}


def test_a_vcard_becomes_a_table() -> None:
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ani\r\nTEL;TYPE=FAX:0215550123\r\nTEL;TYPE=CELL:0812\r\nEND:VCARD\r\n"
    with open_table(io.BytesIO(card)) as table:
        assert (table.kind, table.columns) == ("vcard", ["Nama", "No HP"])
        assert list(table.rows()) == [(2, ["Ani", "0812 / 0215550123"])]
    with pytest.raises(TableError, match="empty"):
        open_table(io.BytesIO(b"BEGIN:VCARD\nEND:VCARD\n"))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_vcard_raises(lines: list[bytes]) -> None:
    data = b"BEGIN:VCARD\n" + b"\n".join(lines) + b"\nTEL:0812\nEND:VCARD\n"
    for cells in _cards(_unfolded(io.BytesIO(data))):
        assert len(cells) == 9


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["<table>", "</table>", "<tr>", "<td>", "</td>", "x", "<td colspan=9>", "<br>"]), max_size=30
    )
)
def test_no_html_raises(pieces: list[str]) -> None:
    _html_tables("".join(pieces).encode())


def test_comments_that_never_end_are_not_searched_again_and_again() -> None:
    """Python's parser searches each of them up to the end of the file. Without a limit, these take minutes."""
    rows = b"<table><tr><td>Nama<td>HP<tr><td>Ayu<td>0812</table>"
    assert _html_tables(rows + b"<!--" * 1_000_000) == {}
    assert _html_tables(rows + b"<!--" * 1000) == {"1": [["Nama", "HP"], ["Ayu", "0812"]]}
    assert _html_tables(b"<style>" + b"td {color: red}" * 40_000 + b"</style>" + rows) != {}
