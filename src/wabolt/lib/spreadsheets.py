"""Writes tables for spreadsheet programs as a stream, without anything that a program would execute.

A cell that looks like a formula gets an apostrophe in CSV (`text.escape_formula`, inverse `unescape_formula`) and is a
plain text cell in XLSX. So does a part of a CSV cell that would be a formula for a program that separates cells
elsewhere. Phone numbers (+62812...) are unchanged. XLSX is better for Excel, which shows long numbers of a CSV as
6,28E+12.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from math import isfinite
from typing import Any, BinaryIO

from wabolt.lib.text import escape_formula, escape_inner_formulas

Cell = str | int | float | Decimal | bool | date | datetime | None
"""The value of a cell. An aware datetime is written as local time in the writer's `tz`."""

XLSX_ROWS = 1_048_576
XLSX_TEXT = 32_767
_CHUNK = 64 * 1024
_EXACT_INT = 10**15
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ";", tz: tzinfo | None = None
) -> Iterator[bytes]:
    """Yields a CSV file in chunks of about 64 KB: UTF-8 with BOM, lines end in CRLF.

    The delimiter is the semicolon, which Excel expects with Indonesian settings.
    """
    buffer = io.StringIO(newline="")
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow([_csv_text(name, tz) for name in header])
    for row in rows:
        writer.writerow([_csv_text(cell, tz) for cell in row])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue().encode()


def write_xlsx(
    file: BinaryIO,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    sheet: str = "Data",
    tz: tzinfo | None = None,
) -> None:
    """Writes an XLSX file row by row in bounded memory. After 1,048,576 rows it continues in a further sheet.

    Text longer than 32,767 characters, the maximum of a cell, ends in "…".
    """
    from openpyxl import Workbook  # takes 65 ms, which every start of a process would pay

    book = Workbook(write_only=True)
    title = re.sub(r"[\[\]:*?/\\]", " ", sheet).strip("' ")[:25] or "Data"
    page, used, pages = _new_page(book, title, header), 1, 1
    for row in rows:
        if used == XLSX_ROWS:
            pages += 1
            page, used = _new_page(book, f"{title} {pages}", header), 1
        page.append([_xlsx_value(page, cell, tz) for cell in row])
        used += 1
    book.save(file)


def _csv_text(cell: Cell, tz: tzinfo | None) -> str:
    if isinstance(cell, str):
        text = _UNWRITABLE.sub("", cell)
        return escape_formula(escape_inner_formulas(text))
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return _local(cell, tz).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, float | Decimal) and isfinite(cell):
        return _decimal_text(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _decimal_text(number: float | Decimal) -> str:
    """Formats a number for Excel with Indonesian settings and for our own import: with a decimal comma, and never with
    exactly three decimals, which would be read as thousands."""
    text = format(Decimal(str(number)), "f").replace(".", ",")
    return f"{text}0" if text[-4:-3] == "," else text


def _local(moment: datetime, tz: tzinfo | None) -> datetime:
    return moment.astimezone(tz).replace(tzinfo=None) if moment.tzinfo else moment


def _new_page(book: Any, title: str, header: Sequence[str]) -> Any:
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    for index, name in enumerate(header, 1):
        page.column_dimensions[get_column_letter(index)].width = max(12, min(40, len(name) + 4))
    page.append([_bold(page, name) for name in header])
    return page


def _bold(page: Any, name: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(page, _xlsx_text(name))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _xlsx_text(text: str) -> str:
    text = _UNWRITABLE.sub("", text)
    return text if len(text) <= XLSX_TEXT else text[: XLSX_TEXT - 1] + "…"


def _xlsx_value(page: Any, cell: Cell, tz: tzinfo | None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(cell, str):
        text = _xlsx_text(cell)
        if text[:1] in {"=", "#"}:  # openpyxl would turn it into a formula or an error
            plain = WriteOnlyCell(page, text)
            plain.data_type = "s"
            return plain
        return text
    if isinstance(cell, datetime):
        cell = _local(cell, tz)
    if isinstance(cell, date):
        return cell if cell.year >= 1900 else cell.isoformat()
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= _EXACT_INT:
        return str(cell)
    return str(cell) if isinstance(cell, float) and not isfinite(cell) else cell
