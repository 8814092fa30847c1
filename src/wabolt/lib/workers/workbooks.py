"""Converts one sheet of a workbook (XLSX, XLSB, XLS, ODS) to CSV. The reader holds the sheet in memory."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from wabolt.lib.workers.sheets import take_sheet

_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_CFB = {"WordDocument": "word", "PowerPoint Document": "presentation", "__properties_version1.0": "mail"}
_OTHER_ZIP = {"word/document.xml": "word", "ppt/presentation.xml": "presentation", "index/document.iwa": "numbers"}
_PIECE = 1024 * 1024
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class _RefusedError(Exception):
    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.facts = {"error": code, **params}


def run(options: dict[str, Any], source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Options: `path`, `target`, `task`, `sheet`, `max_columns`, `unpacked`. Facts: `kind`, `sheet`, `sheets`,
    `date_1904`, `formulas` ({column index: cells whose formula has no stored value}); or `heads`; or `error`."""
    path = options["path"]
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            zipped = file.read(2) == b"PK"
        kind = _kind_of_zip(path, options) if zipped else _kind_of_cfb(path)
        with CalamineWorkbook.from_path(path) as book:
            names = [
                sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible
            ] or book.sheet_names
            facts = take_sheet(names, lambda name: _rows(book.get_sheet_by_name(name), options["max_columns"]), options)
    except _RefusedError as refused:
        return refused.facts, b""
    except PasswordError:
        return {"error": "password"}, b""
    except CalamineError as problem:
        if "memory" in str(problem):
            raise MemoryError from problem
        return {"error": "password" if "assword" in str(problem) else "damaged"}, b""
    more = _xlsx_facts(path, facts["sheet"]) if kind == "xlsx" and "sheet" in facts else {}
    return {"kind": kind, **facts, **more}, b""


def _kind_of_zip(path: str, options: dict[str, Any]) -> str:
    """Returns "xlsx", "xlsb" or "ods", by the names of the members. Like the reader, it accepts any case and
    backslashes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename.replace("\\", "/").lower() for member in members}
            mimetype = b""
            if "mimetype" in archive.namelist():
                with archive.open("mimetype") as file:
                    mimetype = file.read(80)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        raise _RefusedError("damaged") from None
    if sum(member.file_size for member in members) > options["unpacked"]:
        raise _RefusedError("too_heavy")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if b"opendocument.spreadsheet" in mimetype or "content.xml" in names:
        return "ods"
    found = next((found for name, found in _OTHER_ZIP.items() if name in names), "zip")
    raise _RefusedError("not_a_table", found=found)


def _kind_of_cfb(path: str) -> str:
    """Returns "xls", unless the container holds a protected workbook or another program's document."""
    overlap, block = b"", b""
    with open(path, "rb") as file:  # noqa: PTH123
        while block := file.read(_PIECE):
            window = overlap + block
            if _PROTECTED in window:
                raise _RefusedError("password")
            for name, found in _OTHER_CFB.items():
                if name.encode("utf-16-le") in window:
                    raise _RefusedError("not_a_table", found=found)
            overlap = block[-64:]
    return "xls"


def _rows(sheet: CalamineSheet, max_columns: int) -> Iterator[list[str]]:
    if sheet.end is None:
        return
    if sheet.end[1] >= max_columns:
        # The sheet is refused by its declared size and not read.
        raise _RefusedError("too_many_columns", limit=max_columns)
    padding = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield padding + [_as_text(cell) for cell in row]


def _as_text(cell: object) -> str:
    """Returns a cell as a person reads it: whole numbers without ".0", dates and times in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**63 else _fraction(repr(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _fraction(number: str) -> str:
    """Three decimals would be read as thousands: 1.625 becomes 1.6250."""
    return f"{number}0" if number[-4:-3] == "." else number


def _xlsx_facts(path: str, sheet: str) -> dict[str, Any]:
    """Returns facts that the reader of workbooks does not report. Returns none if the file has an unusual structure."""
    try:
        with zipfile.ZipFile(path) as archive:
            by_name = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
            with archive.open(by_name["xl/workbook.xml"]) as file:
                root = ET.parse(file).getroot()  # noqa: S314 - memory and time of this process are limited
            properties = root.find(f"{_MAIN}workbookPr")
            date_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
            link = next(s.get(_LINK) for s in root.iter(f"{_MAIN}sheet") if s.get("name") == sheet)
            with archive.open(by_name["xl/_rels/workbook.xml.rels"]) as file:
                target = next(r.get("Target", "") for r in ET.parse(file).getroot() if r.get("Id") == link)  # noqa: S314
            member = by_name[f"xl/{target.removeprefix('/xl/')}".lower()]
            formulas = _formulas_without_value(archive, member) if _has_formula(archive, member) else {}
            return {"date_1904": date_1904, "formulas": formulas}
    except (KeyError, StopIteration, ET.ParseError, expat.ExpatError, zipfile.BadZipFile):
        return {}


def _has_formula(archive: zipfile.ZipFile, member: str) -> bool:
    overlap = b""
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            if _FORMULA.search(overlap + piece):
                return True
            overlap = piece[-16:]
    return False


def _formulas_without_value(archive: zipfile.ZipFile, member: str) -> dict[str, int]:
    """Returns {column index: number of cells whose formula has no stored value}. Programs that write workbooks without
    calculating leave such cells."""
    counts: dict[str, int] = {}
    place, inside, formula, value = "", "", False, False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal place, inside, formula, value
        inside = tag.rpartition(":")[2]
        if inside == "c":
            place, formula, value = attributes.get("r", ""), False, False
        formula = formula or inside == "f"

    def text(data: str) -> None:
        nonlocal value
        value = value or (inside in {"v", "t"} and bool(data.strip()))

    def end(tag: str) -> None:
        nonlocal inside
        inside = ""
        if tag.rpartition(":")[2] == "c" and formula and not value:
            column = str(_column_index(place))
            counts[column] = counts.get(column, 0) + 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    with archive.open(member) as file:
        parser.ParseFile(file)
    return counts


def _column_index(place: str) -> int:
    """Returns 0 for A1, 27 for AB3."""
    index = 0
    for letter in place:
        if not letter.isalpha():
            break
        index = index * 26 + ord(letter.upper()) - 64
    return index - 1
