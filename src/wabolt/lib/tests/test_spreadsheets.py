"""Exports: nothing in them runs, and our own reader gets back what was written."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from wabolt.lib import spreadsheets
from wabolt.lib.phones import Phone, parse_phone
from wabolt.lib.spreadsheets import Cell, csv_chunks, write_xlsx
from wabolt.lib.tables import open_table
from wabolt.lib.text import is_formula, unescape_formula

JAKARTA = ZoneInfo("Asia/Jakarta")
HOSTILE = ['=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "#N/A", "=cmd|' /C calc'!A0", "'=1"]


FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212]")
HARMLESS = re.compile(r"(\+[0-9]{4,15}|-[0-9]+([.,][0-9]+)*)($|[;,|:^~\s\"])")


def written_csv(rows: list[list[Cell]], header: list[str] | None = None) -> bytes:
    return b"".join(csv_chunks(header or ["Nama", "No HP"], rows, tz=JAKARTA))


def written_xlsx(rows: list[list[Cell]], header: list[str] | None = None) -> io.BytesIO:
    file = io.BytesIO()
    write_xlsx(file, header or ["Nama", "No HP"], rows, tz=JAKARTA)
    file.seek(0)
    return file


def test_a_csv_is_what_excel_in_indonesia_expects() -> None:
    rows: list[list[Cell]] = [["Ani", "+6281298948786"], ["Budi; SE", 1.625], [True, Decimal("-0.5")]]
    assert written_csv(rows).decode() == (
        "\ufeffNama;No HP\r\nAni;+6281298948786\r\n\"Budi; SE\";1,6250\r\nTRUE;-0,5\r\n"
    )  # fmt: skip


def test_moments_are_written_in_local_time() -> None:
    moment = datetime(2026, 10, 31, 12, 5, tzinfo=UTC)
    assert b"2026-10-31 19:05:00;2026-10-31" in written_csv([[moment, date(2026, 10, 31)]])
    page = load_workbook(written_xlsx([[moment, date(2026, 10, 31)]])).active
    assert page["A2"].value == datetime(2026, 10, 31, 19, 5)


def test_nothing_in_a_csv_is_a_formula() -> None:
    text = written_csv([[value, value] for value in HOSTILE]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
        assert not any(is_formula(cell) for cell in row)


SEPARATORS = ";,|:^~\t "
signs = st.sampled_from(
    [*"=+-@", "\uff1d", "\u2212", "=1", "-2+3", "@SUM(A1)", "+62812345678", "-1,5", "cmd|' /C calc'!A0"]
)
others = st.sampled_from([*SEPARATORS, *"\"'\n\r x0", "\u2028", "\xa0", "Ani", "Rp20.000,-", "WA: +6281298948786"])
cells = st.lists(st.one_of(signs, others, st.text(max_size=3)), max_size=6).map("".join)


def shown(part: str) -> Iterator[str]:
    """Yields a part of a line as programs show it: without a text qualifier, and with quotation marks as qualifier."""
    yield part
    for row in csv.reader([part], delimiter="\x01"):
        yield from row


@settings(max_examples=300)
@given(st.lists(st.lists(st.one_of(cells, st.floats(-9, 9), st.none()), min_size=2, max_size=2), max_size=3))
@example([["halo,=cmd|'x'!A0", "y\n=1;@SUM(A1)\t+1"]])
@example([['a, "=1', 'b," =1'], ["x: =1", "x =1"], ["Rp20.000,-", "=1"]])
def test_no_part_of_a_csv_is_a_formula_under_any_separator(rows: list[list[Cell]]) -> None:
    text = written_csv(rows).decode("utf-8-sig")
    for sign in SEPARATORS:
        unquoted = (part for line in re.split("[\r\n\x85\u2028\u2029]+", text) for part in line.split(sign))
        quoted = (cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign) for cell in row)
        for part in chain(quoted, chain.from_iterable(map(shown, unquoted))):
            if FORMULA.match(part) and not HARMLESS.match(part.strip()):
                assert part.strip() in set("=+-@\uff1d\uff0b\uff0d\uff20\u2212"), (sign, part)


def test_usual_text_of_a_csv_stays_as_it_is() -> None:
    usual = [
        "Ani - Bandung",
        "ani@toko.id",
        "WA: +6281298948786",
        "2026-10-31 19:05",
        "jam 9 -10",
        "https://a.id/?b=c",
        "a=b",
    ]
    assert [spreadsheets._csv_text(text, None) for text in usual] == usual
    assert spreadsheets._csv_text("Rp20.000,-", None) == "Rp20.000,'-"
    assert spreadsheets._csv_text("halo,=1 dan =2", None) == "halo,'=1 dan '=2"


def test_nothing_in_an_xlsx_is_a_formula() -> None:
    page = load_workbook(written_xlsx([[value, "+6281298948786"] for value in HOSTILE])).active
    assert [page.cell(row, 1).data_type for row in range(2, 2 + len(HOSTILE))] == ["s"] * len(HOSTILE)
    assert [page.cell(row, 1).value for row in range(2, 2 + len(HOSTILE))] == HOSTILE
    assert page["B2"].value == "+6281298948786"


def test_what_a_cell_cannot_hold_does_not_break_the_file() -> None:
    rows: list[list[Cell]] = [
        ["a\x00b\x1f\ud800c", "x" * 40_000],
        [10**20, float("nan")],
        [Decimal("1.5"), date(1850, 1, 1)],
    ]
    page = load_workbook(written_xlsx(rows)).active
    assert page["A2"].value == "abc"
    assert len(page["B2"].value) == spreadsheets.XLSX_TEXT
    assert page["A3"].value == str(10**20)
    assert page["B4"].value == "1850-01-01"
    assert b"abc" in written_csv(rows)


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "XLSX_ROWS", 3)
    book = load_workbook(written_xlsx([[str(number), ""] for number in range(5)]))
    assert book.sheetnames == ["Data", "Data 2", "Data 3"]
    assert [page["A1"].value for page in book] == ["Nama"] * 3
    assert [page["A2"].value for page in book] == ["0", "2", "4"]


def test_a_csv_comes_in_pieces() -> None:
    rows = ([f"Pelanggan {number}", "+6281298948786"] for number in range(20_000))
    chunks = list(csv_chunks(["Nama", "No HP"], rows))
    assert len(chunks) > 5
    assert max(map(len, chunks)) < 100_000
    assert b"".join(chunks).count(b"\r\n") == 20_001


def test_an_export_s_phones_can_be_imported_again() -> None:
    rows: list[list[Cell]] = [["Ani", "+6281298948786"], ["Budi", "+996555123456"]]
    for content in (written_csv(rows), written_xlsx(rows).getvalue()):
        with open_table(io.BytesIO(content)) as table:
            phones = [parse_phone(row[1]) for _, row in table.rows()]
        assert phones == [Phone("+6281298948786"), Phone("+996555123456")]


plain_text = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)
texts = st.one_of(plain_text, st.sampled_from(HOSTILE)).filter(
    lambda text: spreadsheets._csv_text(text, None) in {text, f"'{text}"}
)


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_our_reader_gets_back_what_was_written(rows: list[tuple[str, str]]) -> None:
    content = written_csv([list(row) for row in [*rows, ("Akhir", "081298948786")]])
    with open_table(io.BytesIO(content)) as table:
        read = [tuple(unescape_formula(cell) for cell in row) for _, row in table.rows()]
    assert read[:-1] == [row for row in rows if any(cell.strip() for cell in row)]
