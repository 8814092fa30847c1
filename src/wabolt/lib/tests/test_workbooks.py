"""Workbooks are read by a limited process."""

import io
import random
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from wabolt.lib.tables import Limits, SkippedRow, TableError, open_table
from wabolt.lib.tests.workbook_files import cfb, ods, xls, xlsx

HEADER = ["Nama", "No HP", "Tgl Lahir", "Total"]


@pytest.fixture(autouse=True)
def _temporary_files_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


def unpacked() -> list[Path]:
    return list(Path(tempfile.gettempdir()).iterdir())


def refusal(content: bytes, limits: Limits | None = None) -> TableError:
    with pytest.raises(TableError) as caught:
        open_table(io.BytesIO(content), limits=limits or Limits())
    assert unpacked() == []
    return caught.value


def test_cells_are_read_as_their_owner_sees_them() -> None:
    rows = [
        ["DAFTAR PELANGGAN"],
        [],
        HEADER,
        ["Ani", 81298948786.0, date(1990, 1, 2), 150000],
        ["Budi", 6281298948787, datetime(2026, 10, 31, 19, 5), 1.625],
        [None, None, None, None],
        ["Cici", "0812-9894", True, "=1+1"],
        ["TOTAL", 3, None, 150001.5],
    ]
    with open_table(io.BytesIO(xlsx(rows, "Pelanggan"))) as table:
        assert (table.kind, table.encoding, table.delimiter, table.sheet) == ("xlsx", "", "", "Pelanggan")
        assert (table.header_row, table.columns) == (3, HEADER)
        assert list(table.rows()) == [
            (4, ["Ani", "81298948786", "1990-01-02", "150000"]),
            (5, ["Budi", "6281298948787", "2026-10-31 19:05:00", "1.6250"]),
            (7, ["Cici", "0812-9894", "TRUE", ""]),
        ]
        assert table.skipped == [SkippedRow(8, "total", ["TOTAL", "3", "", "150001.5"])]


def test_old_and_open_workbooks_are_read_too() -> None:
    with open_table(io.BytesIO(xls([["Nama", "No HP"], ["Ani 🌸", 81298948786.0]]))) as table:
        assert (table.kind, list(table.rows())) == ("xls", [(2, ["Ani 🌸", "81298948786"])])
    with open_table(io.BytesIO(ods([["Nama", "No HP", "Lahir"], ["Ani", 81298948786.0, date(1990, 1, 2)]]))) as table:
        assert (table.kind, list(table.rows())) == ("ods", [(2, ["Ani", "81298948786", "1990-01-02"])])


def test_the_first_sheet_with_something_in_it_is_read_unless_one_is_named(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Kosong"
    for title in ("Kontak", "Lain"):
        book.create_sheet(title).append(["Nama", title])
    book.create_sheet("Rahasia").append(["Nama", "x"])
    book["Rahasia"].sheet_state = "hidden"
    path = tmp_path / "buku.xlsx"
    book.save(path)
    with open_table(path) as table:
        assert (table.sheet, table.sheets) == ("Kontak", ["Kosong", "Kontak", "Lain"])
    with open_table(path, sheet="Lain") as table:
        assert table.columns == ["Nama", "Lain"]


def test_cells_keep_their_columns_and_rows_when_the_corner_is_empty() -> None:
    with open_table(io.BytesIO(xlsx([[], [None, "Nama", "No HP"], [], [None, "Ani", "0812"]]))) as table:
        assert table.columns == ["A", "Nama", "No HP"]
        assert list(table.rows()) == [(4, ["", "Ani", "0812"])]


def test_what_was_unpacked_is_removed() -> None:
    with open_table(io.BytesIO(xlsx([HEADER, ["Ani", "0812"]]))) as table:
        assert len(unpacked()) == 1
        assert len(table.sample()) == 1
    assert unpacked() == []


def test_locked_broken_and_foreign_files_are_refused_with_their_reason() -> None:
    assert refusal(cfb({"EncryptionInfo": b"x", "EncryptedPackage": b"y"})).code == "password"
    assert refusal(cfb({"WordDocument": b"x"})).params == {"found": "word"}
    assert refusal(cfb({"Workbook": random.Random(1).randbytes(5000)})).code in {"damaged", "empty"}
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(2).randbytes(5000)).code == "damaged"
    assert refusal(b"PK\x03\x04" + random.Random(3).randbytes(5000)).code == "damaged"
    whole = xlsx([HEADER, ["Ani", "0812"]])
    assert refusal(whole[: len(whole) // 2]).code == "damaged"
    assert refusal(xlsx([])).code == "empty"


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_other_archives_are_no_table() -> None:
    assert refusal(zipped({"kontak.csv": b"Nama;HP"})).params == {"found": "zip"}
    assert refusal(zipped({"word/document.xml": b"<x/>"})).params == {"found": "word"}
    assert refusal(zipped({"xl/workbook.xml": b"<workbook"})).code == "damaged"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bytes(30_000_000)})
    assert len(bomb) < 100_000
    error = refusal(bomb, Limits(unpacked=10_000_000))
    assert (error.code, error.params) == ("too_heavy", {})


def test_a_sheet_that_says_it_is_endless_is_refused_in_bounded_memory() -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"], book.active["ZZ1048576"] = "x", "y"
    file = io.BytesIO()
    book.save(file)
    assert refusal(file.getvalue(), Limits(memory=512 * 1024**2)).code == "too_heavy"
    assert refusal(ods([["a"], ["b"]], repeat=16_384)).code == "too_many_columns"
    endless = ods([["a"]] * 3_000, repeat=200_000_000)
    assert refusal(endless, Limits(memory=512 * 1024**2)).code in {"too_heavy", "too_many_columns"}
